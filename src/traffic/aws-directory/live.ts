import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { ImportError } from './directory.ts'

/** A page of a list, with times as `Date`. */
type Page = object & { readonly NextToken?: string | undefined }
type List<Args extends readonly string[]> = (...args: [...Args, next: string | undefined]) => Promise<Page>

/** Only calls that read. */
export type LiveCalls = {
  listInstances: List<[]>
  listUsers: List<[store: string]>
  listGroups: List<[store: string]>
  listGroupMemberships: List<[store: string, group: string]>
  describeUser(store: string, user: string): Promise<object>
  describeGroup(store: string, group: string): Promise<object>
  listPermissionSets: List<[instance: string]>
  describePermissionSet(instance: string, permissionSet: string): Promise<Page>
  listAccounts: List<[instance: string, permissionSet: string]>
  listAssignments: List<[instance: string, permissionSet: string, account: string]>
  listApplications: List<[instance: string]>
  listApplicationAssignments: List<[application: string]>
}

/** The API of each list, and the part of an export that is skipped without it; without a part, nothing can be read. */
const lists = {
  Instances: { api: 'sso' },
  Users: { api: 'store' },
  Groups: { api: 'store' },
  GroupMemberships: { api: 'store', part: 'memberships' },
  PermissionSets: { api: 'sso', part: 'permission-sets' },
  PermissionSet: { api: 'sso', part: 'permission-set-names' },
  AccountIds: { api: 'sso', part: 'assignments' },
  AccountAssignments: { api: 'sso', part: 'assignments' },
  Applications: { api: 'sso', part: 'applications' },
  ApplicationAssignments: { api: 'sso', part: 'applications' },
} as const satisfies Readonly<Record<string, { readonly api: 'store' | 'sso'; readonly part?: string }>>

type ListName = keyof typeof lists

export type LiveOptions = {
  readonly folder: string
  /** The ARN of the instance, if the account sees several. */
  readonly instance?: string | undefined
  readonly region: string
  readonly tool: string
  /** Requests per second to the Identity Store, and as many to IAM Identity Center. AWS allows 20 of each. */
  readonly maxRps: number
  /** Gets the number of requests to come, without those for assignments and further pages. May throw. */
  confirm(requests: number): void
  onProgress(requests: number): void
}

/** Side by side, since a request takes longer than its share of a second. */
const width = 4

/**
 * Reads a directory of AWS into a folder, in the layout of samples/aws-export.sh. A list that is in the folder is not read again,
 * so that an interrupted read resumes. Throws `ImportError`, and errors of the calls.
 */
export async function readLive(calls: LiveCalls, options: LiveOptions): Promise<void> {
  const { region, tool } = options
  const { fetch, load, write, skipped } = createFolder(options)
  const previous = await load('manifest.json')
  if (previous.complete === true) throw refuse('The folder has a complete export. Name another folder.')
  const manifest = {
    ...{ scimulatorExport: 1, live: true, tool, region, complete: false, skipped },
    started: previous.started ?? new Date().toISOString(),
  }
  await write('manifest.json', manifest)

  const { store, arn } = chooseInstance(
    await fetch('Instances', 'instances.json', calls.listInstances),
    options,
  )
  const users = await fetch('Users', 'users.json', next => calls.listUsers(store, next))
  const groups = await fetch('Groups', 'groups.json', next => calls.listGroups(store, next))
  const permissionSets = await fetch('PermissionSets', 'permission-sets.json', next =>
    calls.listPermissionSets(arn, next),
  )
  const known = { USER: membersOf(users, 'UserId'), GROUP: membersOf(groups, 'GroupId') }
  options.confirm(known.GROUP.size + 2 * permissionSets.length)

  /** Users and groups that members and assignments name, but that were not listed. */
  const unknown = { USER: new Set<string>(), GROUP: new Set<string>() }
  const note = (type: 'USER' | 'GROUP', id: string) => {
    if (!known[type].has(id)) unknown[type].add(id)
  }
  const readMembers = async (group: string) => {
    const list = (next: string | undefined) => calls.listGroupMemberships(store, group, next)
    for (const { MemberId } of objectsIn(await fetch('GroupMemberships', `memberships/${group}.json`, list)))
      if (isObject(MemberId)) note('USER', String(MemberId.UserId))
  }
  const readAssignments = async (set: string, account: string) => {
    const file = `assignments/${endOf(set)}/${account}.json`
    const list = (next: string | undefined) => calls.listAssignments(arn, set, account, next)
    for (const { PrincipalType, PrincipalId } of objectsIn(await fetch('AccountAssignments', file, list)))
      note(PrincipalType === 'USER' ? 'USER' : 'GROUP', String(PrincipalId))
  }
  const readSet = async (set: string) => {
    const name = `${endOf(set)}.json`
    await fetch('PermissionSet', `permission-sets/${name}`, () => calls.describePermissionSet(arn, set))
    const list = (next: string | undefined) => calls.listAccounts(arn, set, next)
    for (const account of await fetch('AccountIds', `accounts/${name}`, list))
      await readAssignments(set, String(account))
  }
  const readApplications = async () => {
    const list = (next: string | undefined) => calls.listApplications(arn, next)
    const applications = await fetch('Applications', 'applications.json', list)
    for (const application of membersOf(applications, 'ApplicationArn'))
      await fetch('ApplicationAssignments', `applications/${endOf(application)}.json`, next =>
        calls.listApplicationAssignments(application, next),
      )
  }
  await Promise.all([
    inParallel(known.GROUP, readMembers),
    inParallel(permissionSets, set => readSet(String(set))).then(readApplications),
  ])

  // Created after the lists were read, or deleted: a deleted one is not found.
  await inParallel(unknown.GROUP, async group => {
    const call = async () => ({ Groups: [await calls.describeGroup(store, group)] })
    if ((await fetch('Groups', `late/${group}.json`, call)).length > 0) await readMembers(group)
  })
  await inParallel(unknown.USER, user =>
    fetch('Users', `late/${user}.json`, async () => ({ Users: [await calls.describeUser(store, user)] })),
  )
  await write('manifest.json', { ...manifest, complete: true, finished: new Date().toISOString() })
}

const refuse = (message: string) => new ImportError([{ file: '', message }])

const endOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
const objectsIn = (list: readonly Json[]): readonly JsonObject[] => list.filter(isObject)
const membersOf = (list: readonly Json[], name: string): ReadonlySet<string> =>
  new Set(objectsIn(list).map(object => String(object[name])))

function chooseInstance(list: readonly Json[], { instance, region }: LiveOptions) {
  const arns = [...membersOf(list, 'InstanceArn')]
  const [first] = arns
  if (first === undefined)
    throw refuse(
      `There is no instance of IAM Identity Center in ${region}: name its primary Region with --region.`,
    )
  if (instance === undefined && arns.length > 1)
    throw refuse(`The account sees ${arns.length} instances: ${arns.join(', ')}. Choose one with --instance.`)
  const arn = instance ?? first
  const found = objectsIn(list).find(({ InstanceArn }) => InstanceArn === arn)
  if (!found) throw refuse(`The account does not see the instance ${arn}, but ${arns.join(', ')}.`)
  return { arn, store: String(found.IdentityStoreId) }
}

async function inParallel<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const run = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: width }, run))
}

/** Waits so that calls have at least this distance. */
function createPace(perSecond: number): () => Promise<void> {
  let next = 0
  return async () => {
    const now = performance.now()
    next = Math.max(now, next)
    const wait = next - now
    next += 1000 / perSecond
    if (wait > 0) await setTimeout(wait)
  }
}

function createFolder({ folder, maxRps, onProgress }: LiveOptions) {
  const pace = { store: createPace(maxRps), sso: createPace(maxRps) }
  const skipped: string[] = []
  let requests = 0

  const load = async (name: string): Promise<JsonObject> => {
    try {
      return JSON.parse(await readFile(join(folder, name), 'utf8'))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
      throw error
    }
  }

  const write = async (name: string, content: object): Promise<void> => {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.part`, JSON.stringify(content, null, 1))
    await rename(`${path}.part`, path)
  }

  /** The elements of a list; none if its part is skipped for lack of a permission, or if a single object is not found. */
  const fetch = async (
    list: ListName,
    file: string,
    call: (next: string | undefined) => Promise<Page>,
  ): Promise<readonly Json[]> => {
    const { api, part }: { readonly api: keyof typeof pace; readonly part?: string } = lists[list]
    if (part !== undefined && skipped.includes(part)) return []
    const { [list]: before } = await load(file)
    if (before !== undefined) return [before].flat()
    const pages: (Json | undefined)[] = []
    let next: string | undefined
    try {
      do {
        await pace[api]()
        onProgress(++requests)
        const page: Page & { readonly [Name in ListName]?: Json } = { ...(await call(next)) }
        pages.push(page[list])
        next = page.NextToken || undefined
      } while (next !== undefined)
    } catch (error) {
      const name = error instanceof Error ? error.name : ''
      if (part === undefined && name === 'ResourceNotFoundException') return []
      const isOptional =
        part === 'applications' || (part === 'permission-sets' && name === 'ValidationException')
      if (part === undefined || !(isOptional || name.startsWith('AccessDenied'))) throw explained(error, list)
      if (!skipped.includes(part)) skipped.push(part)
      return []
    }
    const all: Json | undefined = pages.every(page => Array.isArray(page)) ? pages.flat() : pages[0]
    await write(file, { [list]: all })
    return [all ?? []].flat()
  }

  return { load, write, fetch, skipped }
}

function explained(error: unknown, list: string): unknown {
  if (!(error instanceof Error)) return error
  const denied = error.name.startsWith('AccessDenied')
    ? ' A permission is missing, of those that --print-policy shows or kms:Decrypt on a customer managed key, or the store accepts calls from other networks only.'
    : ''
  return refuse(`${list} can't be read: ${error.name}: ${error.message}${denied}`)
}
