import { generateDirectory } from '../../../provisioning/kit/directory/generate.ts'
import { toScimulatorFormat, writeDirectory } from '../../../provisioning/kit/directory/write-directory.ts'
import { CliError } from '../cli-error.ts'
import { formatCount } from '../output.ts'

export type GenerateOptions = {
  readonly users: number
  readonly groups: number
  readonly groupSize: number
  readonly seed: number
  readonly out?: string
}

/** `scimulator entra generate`: a sample directory, the same for the same seed and sizes. */
export async function generate({ out, ...size }: GenerateOptions): Promise<void> {
  const directory = generateDirectory(size)
  if (out === undefined) {
    process.stdout.write(`${JSON.stringify(toScimulatorFormat(directory), undefined, 2)}\n`)
    return
  }
  try {
    await writeDirectory(out, directory)
  } catch (error) {
    throw new CliError(`Can't write the directory to ${out}: ${(error as Error).message}.`)
  }
  const { users, groups } = directory
  process.stdout.write(
    `Wrote ${formatCount(users.length, 'user')} and ${formatCount(groups.length, 'group')} to ${out}.\n`,
  )
}
