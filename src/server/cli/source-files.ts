import { readFile, stat, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ProfileName } from '../../profiles/names.ts'
import { compact } from '../../scim/json.ts'
import type { ExportSource } from '../../traffic/aws-directory/archive.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'
import { type CliError, wrongUse } from './cli-error.ts'
import { count, text, toggle, type Values, value } from './options.ts'

/** Flags of commands that play a client in process, against a profile. */
export const playFlags = {
  mapping: text('name or file', 'Attribute mapping: aws, non-gallery or a file'),
  switch: value(
    'id=value',
    'Set a switch of the profile; repeatable',
    (text: string, before: readonly string[] = []) => [...before, text],
  ),
}

/** Flags of commands that read an export of an AWS directory. */
export const exportFlags = {
  instance: text('arn', 'Instance of IAM Identity Center, if the export has several'),
  scimTenant: text('id', 'SCIM endpoint whose external IDs count, if there are several'),
  allowMissing: toggle('Skip memberships of users and groups that the export does not have'),
  allowEqualDuplicates: toggle('Accept objects that occur twice with equal content'),
  maxObjects: count('number', 'Maximum users, and maximum groups (default: 100000)', 1),
}

/** Uses a folder or an archive. */
export async function withExport<Result>(
  path: string,
  use: (source: ExportSource) => Promise<Result>,
): Promise<Result> {
  const { ImportError } = await import('../../traffic/aws-directory/directory.ts')
  try {
    const isFolder = (await stat(path)).isDirectory()
    return await use(isFolder ? { folder: path } : { name: basename(path), bytes: await readFile(path) })
  } catch (error) {
    if (error instanceof ImportError) throw mistakesIn(error.lines)
    if (error instanceof Error && 'code' in error) throw wrongUse(`Cannot read ${path} (${error.code}).`)
    throw error
  }
}

/** Reads it in process. */
export const readExport = (path: string, flags: Values<typeof exportFlags>): Promise<AwsDirectory> =>
  withExport(path, async source => {
    const { readAwsExport } = await import('../../traffic/aws-directory/read.ts')
    return readAwsExport(source, compact(flags))
  })

export async function readSwitches(
  given: Values<typeof playFlags>['switch'] = [],
  profile: ProfileName,
): Promise<Readonly<Record<string, string>>> {
  const switches = Object.fromEntries(
    given.map(text => {
      const at = text.indexOf('=')
      if (at < 1) throw wrongUse(`Invalid --switch "${text}": expected id=value.`)
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
  const { checkSwitches } = await import('../../profiles/registry.ts')
  const mistakes = checkSwitches(profile, switches)
  if (mistakes.length > 0) throw mistakesIn(mistakes)
  return switches
}

export const mistakesIn = (mistakes: readonly string[]): CliError => wrongUse(mistakes.join('\nscimulator: '))

/** A mapping by its name, or the text of its file. */
export async function readMappingOption(mapping: string | undefined): Promise<string | undefined> {
  const isName = mapping === undefined || mapping === 'aws' || mapping === 'non-gallery'
  return isName ? mapping : readTextArgument(mapping, `the mapping ${mapping}`)
}

export async function readTextArgument(path: string, described = path): Promise<string> {
  const { readTextFile } = await import('../../provisioning/kit/directory/read-directory.ts')
  const text = await readTextFile(path).catch((error: Error) => {
    throw wrongUse(`Cannot read ${described}: ${error.message}.`)
  })
  if (text === undefined) throw wrongUse(`${path} is not a text file in UTF-8 or UTF-16.`)
  return text
}

/** The files of exports of a source: each path is a file or a folder. `names` are those of further files, without `.json`. */
export async function readSourceFiles(paths: readonly string[], names: readonly string[] = []) {
  const { DirectoryError, readFilesNamed } = await import(
    '../../provisioning/kit/directory/read-directory.ts'
  )
  try {
    const read = await Promise.all(paths.map(path => readFilesNamed(path, names)))
    return {
      files: read.flatMap(({ files }) => files),
      warnings: read.flatMap(({ warnings }) => warnings),
    }
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error
    throw mistakesIn(error.errors)
  }
}

export async function writeOutput(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw wrongUse(`Cannot write ${file} (${error.code}).`)
  })
}
