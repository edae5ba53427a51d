import { DirectoryError, readDirectory } from '../../entra/read-directory.ts'
import type { SourceDirectory } from '../../entra/source-directory.ts'
import { printable } from '../words.ts'
import { manyMistakes } from './job-settings.ts'

export type Source = () => Promise<SourceDirectory>

/**
 * Reads the directory as often as it is called, and says on the error output what was left out, each thing once.
 * Throws a CliError with all mistakes.
 */
export function sourceAt(path: string): Source {
  const told = new Set<string>()
  return async () => {
    const { directory, warnings } = await read(path)
    for (const warning of warnings.filter(each => !told.has(each))) {
      told.add(warning)
      process.stderr.write(`scimulator: ${printable(warning)}\n`)
    }
    return directory
  }
}

async function read(path: string) {
  try {
    return await readDirectory(path)
  } catch (error) {
    if (error instanceof DirectoryError) throw manyMistakes(error.mistakes.map(printable))
    throw error
  }
}
