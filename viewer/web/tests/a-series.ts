/** Builders: a small series as the server would describe it. */

import type { ImageEntry, Manifest } from "../manifest"

export const ENDS = [10, 30, 60, 100] as const

export function anImage(change: Partial<ImageEntry> = {}): ImageEntry {
  return {
    sopUid: "1.2.3",
    frame: 1,
    rows: 64,
    columns: 96,
    instanceNumber: 1,
    position: [-20, 30, 100],
    orientation: [1, 0, 0, 0, Math.cos(0.26), -Math.sin(0.26)],
    spacing: [0.5, 0.4],
    sliceLocation: 0,
    bitsStored: 16,
    signed: true,
    photometric: "MONOCHROME2",
    slope: 1,
    intercept: 0,
    window: { center: 40, width: 80 },
    frameRate: null,
    ends: ENDS,
    offset: 0,
    length: 100,
    ...change,
  }
}

export function aManifest(count: number): Manifest {
  const images = Array.from({ length: count }, (_, i) => anImage({ sopUid: `1.2.${i}`, offset: i * 100 }))
  return {
    seriesUid: "1.9",
    studyUid: "1.8",
    frameOfReferenceUid: "1.7",
    modality: "CT",
    plane: "acquired",
    generation: 1,
    packId: "0f0e0d0c-0b0a-4908-8706-050403020100",
    images,
    totalBytes: count * 100,
  }
}

/** The bytes of image `index` of `aManifest`: every byte tells where it is. */
export function bytesOf(index: number): Uint8Array {
  return Uint8Array.from({ length: 100 }, (_, i) => (index * 7 + i) % 256)
}

export function stagePart(index: number, bytes: Uint8Array): Uint8Array {
  const part = new Uint8Array(8 + bytes.length)
  const view = new DataView(part.buffer)
  view.setUint32(0, index)
  view.setUint32(4, bytes.length)
  part.set(bytes, 8)
  return part
}
