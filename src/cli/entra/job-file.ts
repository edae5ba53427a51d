import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { jobOptions, tokenVariable, usualJobFile } from './job-options.ts'
import { type Given, manyMistakes } from './job-settings.ts'

/** Files that a job file names lie beside it, unless they are named in full. */
const paths = ['directory', 'state']
const knownMappings = ['aws', 'non-gallery']

/** The settings in the job file: the one that is named, or the usual one where it exists. */
export function readJobFile(named: string | undefined): Given {
  const file = named ?? usualJobFile
  if (named === undefined && !existsSync(file)) return new Map()
  const settings = objectIn(file)
  const unknown = Object.keys(settings).filter(key => !jobOptions.some(option => option.key === key))
  if (unknown.length > 0) {
    const known = jobOptions.filter(({ isSecret }) => !isSecret).map(({ key }) => key)
    throw manyMistakes(
      unknown.map(key => `${file}: "${key}" is not a setting of a job. It has ${known.join(', ')}.`),
    )
  }
  if ('token' in settings) {
    throw manyMistakes([
      `${file}: the token doesn't belong into a file. Take it out, and give it as ${tokenVariable} in the environment.`,
    ])
  }
  return new Map(
    Object.entries(settings).map(([key, value]) => [
      key,
      { name: `${file}: ${key}`, value: isPath(key, value) ? besides(file, value) : value },
    ]),
  )
}

function objectIn(file: string): Record<string, unknown> {
  const json = jsonIn(file)
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>
  throw manyMistakes([`${file} has to hold a JSON object: { "url": "…", "directory": "…" }.`])
}

/** The JSON that a file holds. Throws a CliError. */
export function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw manyMistakes([`${file} can't be read as JSON: ${(error as Error).message}.`])
  }
}

const isPath = (key: string, value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  (paths.includes(key) || (key === 'mapping' && !knownMappings.includes(value)))

const besides = (file: string, path: string) => (path.startsWith('/') ? path : join(dirname(file), path))
