import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { isObject, type Json } from '../../scim/json.ts'
import { defaultMappings } from '../default-mappings/index.ts'
import { generateDirectory } from '../generate.ts'
import type { Mapping } from '../mapping.ts'
import { MappingError } from '../mapping-error.ts'
import { type Fields, MistakeList } from '../mapping-fields.ts'
import { DirectoryError, directoryFrom, readDirectory } from '../read-directory.ts'
import { readMapping } from '../read-mapping.ts'
import type { SourceDirectory } from '../source-directory.ts'
import { readSettings } from './read-settings.ts'
import { readStep } from './read-step.ts'
import type { Scenario } from './scenario.ts'

/** All that is wrong with a scenario file, each with its place. */
export class ScenarioError extends Error {
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.name = 'ScenarioError'
    this.mistakes = mistakes
  }
}

const members = ['name', 'about', 'directory', 'mapping', 'settings', 'steps']

/** Reads a scenario file (scenarios/README.md). Throws ScenarioError with every mistake. */
export async function readScenario(path: string): Promise<Scenario> {
  let json: Json
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new ScenarioError([`${path}: can't be read as JSON: ${(error as Error).message}`])
  }
  return scenarioFrom(json, path)
}

/** The same of what is parsed already; other files are looked for beside `path`, which begins the messages. */
export async function scenarioFrom(json: Json, path: string): Promise<Scenario> {
  const mistakes = new MistakeList()
  const fields = mistakes.fieldsOf(json, '', members) ?? {}
  const name = mistakes.text(fields, 'name', '', 'needed') ?? ''
  const about = mistakes.text(fields, 'about', '', 'optional') ?? ''
  const directory = await readStart(fields.directory, path, mistakes)
  const mapping = await readScenarioMapping(fields.mapping, path, mistakes)
  const settings = readSettings(fields.settings, mistakes)
  const steps = mistakes
    .list(fields.steps, 'steps')
    .flatMap((each, at) => readStep(each, `steps[${at}]`, mistakes) ?? [])
  if (mistakes.all.length > 0) {
    throw new ScenarioError(
      mistakes.all.map(({ place, text }) => `${path}: ${[place, text].filter(Boolean).join(': ')}`),
    )
  }
  return { name, about, directory, mapping, settings, steps }
}

const nobody: SourceDirectory = { users: [], groups: [], assignments: [] }

/** A path, `{"generate": {…}}`, or the directory itself in the plain form. */
async function readStart(given: unknown, path: string, mistakes: MistakeList): Promise<SourceDirectory> {
  try {
    if (typeof given === 'string') return (await readDirectory(beside(path, given))).directory
    if (isObject(given) && 'generate' in given) return generated(given, mistakes)
    if (isObject(given)) return directoryFrom(given, 'directory').directory
    mistakes.add(
      'directory',
      'has to be the path of a directory file, {"generate": {…}}, or an object with users, groups and assignments.',
    )
  } catch (error) {
    if (error instanceof DirectoryError) for (const text of error.mistakes) mistakes.add('', text)
    else if (error instanceof RangeError) mistakes.add('directory.generate', error.message)
    else throw error
  }
  return nobody
}

function generated(given: Fields, mistakes: MistakeList): SourceDirectory {
  const known = ['users', 'groups', 'groupSize', 'seed']
  const fields = mistakes.fieldsOf(given.generate, 'directory.generate', known)
  if (!fields) return nobody
  const { users = 10, groups = 2, groupSize = 5, seed = 1 } = fields
  return generateDirectory({
    users: Number(users),
    groups: Number(groups),
    groupSize: Number(groupSize),
    seed: Number(seed),
  })
}

/** `aws` unless told, `non-gallery`, the path of a mapping file, or a mapping itself. */
async function readScenarioMapping(given: unknown, path: string, mistakes: MistakeList): Promise<Mapping> {
  if (given === undefined || given === 'aws') return defaultMappings.aws
  if (given === 'non-gallery') return defaultMappings.nonGallery
  try {
    return readMapping(typeof given === 'string' ? JSON.parse(await mappingFile(given, path)) : given)
  } catch (error) {
    if (error instanceof MappingError) {
      for (const { place, text } of error.mistakes)
        mistakes.add(['mapping', place].filter(Boolean).join('.'), text)
    } else mistakes.add('mapping', `can't be read: ${(error as Error).message}`)
    return defaultMappings.aws
  }
}

const mappingFile = (name: string, path: string) => readFile(beside(path, name), 'utf8')

const beside = (path: string, file: string) => (isAbsolute(file) ? file : join(dirname(path), file))
