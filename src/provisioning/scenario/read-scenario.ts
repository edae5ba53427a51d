import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { compact, isObject, type Json, parseJson } from '../../scim/json.ts'
import { type AuthenticationWay, authenticationWays } from '../entra/credentials/create-credentials.ts'
import { defaultMappings } from '../entra/mapping/default-mappings.ts'
import { MappingError, ProblemList, type UncheckedFields } from '../entra/mapping/fields.ts'
import type { Mapping } from '../entra/mapping/mapping.ts'
import { readMapping } from '../entra/mapping/read-mapping.ts'
import { generateDirectory } from '../kit/directory/generate.ts'
import { DirectoryError, parseDirectory, readDirectory } from '../kit/directory/read-directory.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import { type Action, findAction, verbs } from './actions.ts'
import { readExpectation } from './read-expectation.ts'
import type { Expectation, ScenarioSettings, ScenarioStart } from './scenario.ts'

export type Scenario = ScenarioStart & {
  readonly name: string
  readonly about: string
  readonly auth?: readonly AuthenticationWay[]
  readonly steps: readonly Step[]
}

export type Step = {
  readonly place: string
  readonly action: Action
  readonly description?: string
  readonly expect: Expectation
}

const numbers = [
  'accidentalDeletionThreshold',
  'memberBatchSize',
  'memberConcurrency',
  'concurrency',
] as const

function readSettings(given: unknown, problems: ProblemList): ScenarioSettings {
  if (given === undefined) return {}
  const known = ['scope', 'skipOutOfScopeDeletions', 'disabledUnlinked', ...numbers]
  const fields = problems.fieldsOf(given, 'settings', known) ?? {}
  const { scope, disabledUnlinked } = fields
  if (scope !== undefined && scope !== 'assigned' && scope !== 'all')
    problems.add('settings.scope', 'must be "assigned" or "all".')
  if (disabledUnlinked !== undefined && disabledUnlinked !== 'skip' && disabledUnlinked !== 'disable')
    problems.add('settings.disabledUnlinked', 'must be "skip" or "disable".')
  const skipOutOfScopeDeletions = problems.boolean(fields, 'skipOutOfScopeDeletions', 'settings')
  const counts = numbers.flatMap(name => {
    const value = fields[name]
    if (value === undefined) return []
    const least = name === 'accidentalDeletionThreshold' ? 0 : 1
    if (typeof value === 'number' && Number.isInteger(value) && value >= least)
      return [[name, value] as const]
    problems.add(`settings.${name}`, `must be a whole number of at least ${least}.`)
    return []
  })
  return {
    ...((scope === 'assigned' || scope === 'all') && { scope }),
    ...((disabledUnlinked === 'skip' || disabledUnlinked === 'disable') && { disabledUnlinked }),
    ...compact({ skipOutOfScopeDeletions }),
    ...Object.fromEntries(counts),
  }
}

export class ScenarioError extends Error {
  readonly errors: readonly string[]
  constructor(errors: readonly string[]) {
    super(errors.join('\n'))
    this.name = 'ScenarioError'
    this.errors = errors
  }
}

const members = ['name', 'about', 'directory', 'mapping', 'settings', 'auth', 'steps']

function readAuth(given: unknown, problems: ProblemList): Scenario['auth'] {
  if (given === undefined) return undefined
  const known = problems.list(given, 'auth').map(each => authenticationWays.find(way => way === each))
  const found = known.filter(way => way !== undefined)
  if (found.length === known.length) return found
  problems.add('auth', `must be a list of ${authenticationWays.join(', ')}.`)
  return undefined
}

function readStep(given: unknown, place: string, problems: ProblemList): Step | undefined {
  const action = findAction(isObject(given) ? given.do : undefined)
  if (!isObject(given) || !action) {
    problems.add(place, `must be an object with "do": one of ${verbs.join(', ')}.`)
    return undefined
  }
  // `says` is the former name of `description`.
  const { says, ...others } = given
  const step = says === undefined ? others : { description: says, ...others }
  const fields = problems.fieldsOf(step, place, ['do', 'description', 'expect', ...action.members]) ?? {}
  const description = problems.text(fields, 'description', place, 'optional')
  const expect = readExpectation(fields.expect, `${place}.expect`, problems)
  return { place, action: action.read(fields, place, problems), expect, ...compact({ description }) }
}

/** Reads a scenario file (scenarios/README.md). Throws ScenarioError with all errors. */
export async function readScenario(path: string): Promise<Scenario> {
  let json: Json
  try {
    json = parseJson(await readFile(path, 'utf8'))
  } catch (error) {
    throw new ScenarioError([`${path}: can't be read as JSON: ${(error as Error).message}`])
  }
  return scenarioFrom(json, path)
}

/** Reads parsed JSON; relative paths of other files are resolved against `path`, which prefixes the messages. */
export async function scenarioFrom(json: Json, path: string): Promise<Scenario> {
  const problems = new ProblemList()
  const fields = problems.fieldsOf(json, '', members) ?? {}
  const name = problems.text(fields, 'name', '', 'required') ?? ''
  const about = problems.text(fields, 'about', '', 'optional') ?? ''
  const directory = await readStart(fields.directory, path, problems)
  const mapping = await readScenarioMapping(fields.mapping, path, problems)
  const settings = readSettings(fields.settings, problems)
  const auth = readAuth(fields.auth, problems)
  const steps = problems
    .list(fields.steps, 'steps')
    .flatMap((each, at) => readStep(each, `steps[${at}]`, problems) ?? [])
  if (problems.all.length > 0) {
    throw new ScenarioError(
      problems.all.map(({ place, text }) => `${path}: ${[place, text].filter(Boolean).join(': ')}`),
    )
  }
  return { name, about, directory, mapping, settings, steps, ...compact({ auth }) }
}

const emptyDirectory: SourceDirectory = { users: [], groups: [], assignments: [] }

async function readStart(given: unknown, path: string, problems: ProblemList): Promise<SourceDirectory> {
  try {
    if (typeof given === 'string') return (await readDirectory(relativeTo(path, given))).directory
    if (isObject(given) && 'generate' in given) return generated(given, problems)
    if (isObject(given)) return parseDirectory(given, 'directory').directory
    problems.add(
      'directory',
      'must be the path of a directory file, {"generate": {…}}, or an object with users, groups and assignments.',
    )
  } catch (error) {
    if (error instanceof DirectoryError) for (const text of error.errors) problems.add('', text)
    else if (error instanceof RangeError) problems.add('directory.generate', error.message)
    else throw error
  }
  return emptyDirectory
}

function generated(given: UncheckedFields, problems: ProblemList): SourceDirectory {
  const known = ['users', 'groups', 'groupSize', 'seed']
  const fields = problems.fieldsOf(given.generate, 'directory.generate', known)
  if (!fields) return emptyDirectory
  const { users = 10, groups = 2, groupSize = 5, seed = 1 } = fields
  return generateDirectory({
    users: Number(users),
    groups: Number(groups),
    groupSize: Number(groupSize),
    seed: Number(seed),
  })
}

/** `aws` (default), `non-gallery`, the path of a mapping file, or the mapping itself. */
async function readScenarioMapping(given: unknown, path: string, problems: ProblemList): Promise<Mapping> {
  if (given === undefined || given === 'aws') return defaultMappings.aws
  if (given === 'non-gallery') return defaultMappings.nonGallery
  try {
    return readMapping(typeof given === 'string' ? parseJson(await mappingFile(given, path)) : given)
  } catch (error) {
    if (error instanceof MappingError) {
      for (const { place, text } of error.errors)
        problems.add(['mapping', place].filter(Boolean).join('.'), text)
    } else problems.add('mapping', `can't be read: ${(error as Error).message}`)
    return defaultMappings.aws
  }
}

const mappingFile = (name: string, path: string) => readFile(relativeTo(path, name), 'utf8')

const relativeTo = (path: string, file: string) => (isAbsolute(file) ? file : join(dirname(path), file))
