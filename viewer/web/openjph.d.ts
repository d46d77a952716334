/** The part of OpenJPH's WebAssembly build we use; the package ships no types. */
declare module "@cornerstonejs/codec-openjph" {
  export type FrameInfo = {
    width: number
    height: number
    bitsPerSample: number
    componentCount: number
    isSigned: boolean
    isUsingColorTransform: boolean
  }
  export type Decoder = {
    getEncodedBuffer(bytes: number): Uint8Array
    getDecodedBuffer(): Uint8Array
    readHeader(): void
    decode(): void
    decodeSubResolution(decompositionsSkipped: number): void
    calculateSizeAtDecompositionLevel(level: number): { width: number; height: number }
    getFrameInfo(): FrameInfo
    getNumDecompositions(): number
    delete(): void
  }
  export type Encoder = {
    getDecodedBuffer(info: FrameInfo): Uint8Array
    getEncodedBuffer(): Uint8Array
    setDecompositions(count: number): void
    setTLMMarker(on: boolean): void
    setTilePartDivisionsAtResolutions(on: boolean): void
    setQuality(reversible: boolean, step: number): void
    setProgressionOrder(order: number): void
    encode(): void
    delete(): void
  }
  export type OpenJph = { HTJ2KDecoder: new () => Decoder; HTJ2KEncoder: new () => Encoder }
  const create: (options?: { locateFile?: (file: string) => string }) => Promise<OpenJph>
  export default create
}
