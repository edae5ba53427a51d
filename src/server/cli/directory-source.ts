import { DirectoryError, type DirectoryResult } from '../../provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../provisioning/kit/directory/source-directory.ts'
import { settingsError } from './job-settings.ts'
import { printable } from './output.ts'

export type DirectorySource = () => Promise<SourceDirectory>

/** Each call rereads the directory; each warning is written to standard error once. Throws a CliError. */
export function createDirectorySource(
  path: string,
  read: (path: string) => Promise<DirectoryResult>,
): DirectorySource {
  const shown = new Set<string>()
  return async () => {
    const { directory, warnings } = await readSource(path, read)
    for (const warning of warnings.filter(each => !shown.has(each))) {
      shown.add(warning)
      process.stderr.write(`scimulator: ${printable(warning)}\n`)
    }
    return directory
  }
}

async function readSource(path: string, read: (path: string) => Promise<DirectoryResult>) {
  try {
    return await read(path)
  } catch (error) {
    if (error instanceof DirectoryError) throw settingsError(error.errors.map(printable))
    throw error
  }
}
