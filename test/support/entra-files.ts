import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DirectoryError, readDirectory } from '../../src/provisioning/kit/directory/read-directory.ts'

type Testing = { testdir(): string }
type Content = string | Uint8Array | object

const bytesOf = (content: Content) =>
  typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)

/** A folder with these files; content other than strings and bytes is written as JSON. */
export async function folderOf(t: Testing, files: Readonly<Record<string, Content>>): Promise<string> {
  const folder = t.testdir()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytesOf(content))
  }
  return folder
}

/** Reads a folder with these files as a directory. */
export const readFolder = async (t: Testing, files: Readonly<Record<string, Content>>) =>
  readDirectory(await folderOf(t, files))

/** Reads one file as a directory. */
export const readOne = async (t: Testing, name: string, content: Content) =>
  readDirectory(join(await folderOf(t, { [name]: content }), name))

/** The errors that reading reports. */
export async function mistakesOf(reading: Promise<unknown>): Promise<readonly string[]> {
  try {
    await reading
  } catch (error) {
    if (error instanceof DirectoryError) return error.errors
    throw error
  }
  return []
}
