/** A file and where it lay in what was dropped: `DICOM/SER01/IM0001`. */
export type Found = { file: File; path: string }

const IGNORED = new Set(["thumbs.db", "desktop.ini", ".ds_store"])

/** Files that a machine put there on its own; nobody would miss them. */
export const isClutter = (path: string): boolean => {
  const name = path.split("/").at(-1)?.toLowerCase() ?? ""
  return IGNORED.has(name) || path.includes("__MACOSX/")
}

const asFile = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

/** readEntries gives at most about a hundred at a time and must be asked until it gives none. */
async function entriesOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return all
    all.push(...some)
  }
}

async function walk(entry: FileSystemEntry): Promise<Found[]> {
  const path = entry.fullPath.replace(/^\//, "")
  if (entry.isFile) return [{ file: await asFile(entry as FileSystemFileEntry), path }]
  const found: Found[] = []
  for (const child of await entriesOf(entry as FileSystemDirectoryEntry)) found.push(...(await walk(child)))
  return found
}

/** Everything that was dropped, folders opened to the bottom. Call it within the drop event: the list dies with it. */
export function fromDrop(transfer: DataTransfer): Promise<Found[]> {
  const entries = [...transfer.items].flatMap(item => item.webkitGetAsEntry() ?? [])
  if (entries.length === 0) return Promise.resolve(fromInput(transfer.files))
  return Promise.all(entries.map(walk)).then(found => found.flat().filter(each => !isClutter(each.path)))
}

/** Files chosen in a dialog; a chosen folder keeps its paths. */
export const fromInput = (files: FileList): Found[] =>
  [...files]
    .map(file => ({ file, path: file.webkitRelativePath || file.name }))
    .filter(each => !isClutter(each.path))
