import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Notes } from './notes.ts'

/** A file of a directory, and the name it goes by in messages: its path below the folder. */
export type DirectoryFile = { readonly path: string; readonly name: string }

/** The file itself, or the files of the folder and of its subfolder `members`, in the order of their names. */
export async function filesAt(path: string, notes: Notes): Promise<readonly DirectoryFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ path, name: basename(path) }]
    const files: DirectoryFile[] = []
    for (const entry of await sorted(path)) {
      if (entry.isDirectory() && entry.name === 'members') {
        const members = await sorted(join(path, entry.name))
        files.push(...members.filter(isFile).map(({ name }) => fileOf(path, `members/${name}`)))
      } else if (isFile(entry)) files.push(fileOf(path, entry.name))
    }
    return files
  } catch (error) {
    notes.mistake(path, `can't be read: ${reasonOf(error)}.`)
    return []
  }
}

export const reasonOf = (error: unknown): string => {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return 'there is no such file or folder'
  return error instanceof Error ? error.message : String(error)
}

const fileOf = (folder: string, name: string): DirectoryFile => ({ path: join(folder, name), name })

/** Links are followed, hidden files are nobody's data. */
const isFile = (entry: { readonly name: string; isDirectory(): boolean }) =>
  !entry.isDirectory() && !entry.name.startsWith('.')

async function sorted(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1))
}
