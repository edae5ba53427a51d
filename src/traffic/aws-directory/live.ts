import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { ImportError } from './directory.ts'

/** A page of a list, with times as `Date`. */
type Page = object & { readonly NextToken?: string | undefined }

/** Only calls that read. Each gets its arguments and the token of the next page. */
export type LiveCalls = {
  listInstances(next: string | undefined): Promise<Page>
  listUsers(store: string, next: string | undefined): Promise<Page>
  listGroups(store: string, next: string | undefined): Promise<Page>
  listGroupMemberships(store: string, group: string, next: string | undefined): Promise<Page>
  describeUser(store: string, user: string): Promise<object>
  describeGroup(store: string, group: string): Promise<object>
  listPermissionSets(instance: string, next: string | undefined): Promise<Page>
  describePermissionSet(instance: string, permissionSet: string): Promise<Page>
  listAccounts(instance: string, permissionSet: string, next: string | undefined): Promise<Page>
  listAssignments(
    instance: string,
    permissionSet: string,
    account: string,
    next: string | undefined,
  ): Promise<Page>
  listApplications(instance: string, next: string | undefined): Promise<Page>
  listApplicationAssignments(application: string, next: string | undefined): Promise<Page>
}

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

  await fetch('store', 'instances.json', 'Instances', calls.listInstances)
  const { store, arn } = chooseInstance(await load('instances.json'), options)
  const sets = async (): Promise<readonly string[]> => {
    const isListed = await fetch(
      'sso',
      'permission-sets.json',
      'PermissionSets',
      next => calls.listPermissionSets(arn, next),
      'permission-sets',
    )
    return isListed ? textsIn((await load('permission-sets.json')).PermissionSets) : []
  }
  const [, , permissionSets] = await Promise.all([
    fetch('store', 'users.json', 'Users', next => calls.listUsers(store, next)),
    fetch('store', 'groups.json', 'Groups', next => calls.listGroups(store, next)),
    sets(),
  ])
  const users = new Set(idsIn(await load('users.json'), 'Users', 'UserId'))
  const groups = new Set(idsIn(await load('groups.json'), 'Groups', 'GroupId'))
  options.confirm(groups.size + 2 * permissionSets.length)

  /** Users and groups that members and assignments name, but that were not listed. */
  const unknown = { users: new Set<string>(), groups: new Set<string>() }
  const readMembers = async (group: string) => {
    const file = `memberships/${group}.json`
    const list = (next: string | undefined) => calls.listGroupMemberships(store, group, next)
    if (!(await fetch('store', file, 'GroupMemberships', list, 'memberships'))) return
    for (const { MemberId } of objectsIn(await load(file), 'GroupMemberships'))
      if (isObject(MemberId) && !users.has(String(MemberId.UserId)))
        unknown.users.add(String(MemberId.UserId))
  }
  const readAssignments = async (arnOfSet: string, account: string) => {
    const file = `assignments/${endOf(arnOfSet)}/${account}.json`
    const list = (next: string | undefined) => calls.listAssignments(arn, arnOfSet, account, next)
    if (!(await fetch('sso', file, 'AccountAssignments', list, 'assignments'))) return
    for (const { PrincipalType, PrincipalId } of objectsIn(await load(file), 'AccountAssignments')) {
      const [known, missing] = PrincipalType === 'USER' ? [users, unknown.users] : [groups, unknown.groups]
      if (!known.has(String(PrincipalId))) missing.add(String(PrincipalId))
    }
  }
  const readSet = async (arnOfSet: string) => {
    const name = `${endOf(arnOfSet)}.json`
    await fetch(
      'sso',
      `permission-sets/${name}`,
      'PermissionSet',
      () => calls.describePermissionSet(arn, arnOfSet),
      'permission-set-names',
    )
    const list = (next: string | undefined) => calls.listAccounts(arn, arnOfSet, next)
    if (!(await fetch('sso', `accounts/${name}`, 'AccountIds', list, 'assignments'))) return
    for (const account of textsIn((await load(`accounts/${name}`)).AccountIds))
      await readAssignments(arnOfSet, account)
  }
  const readApplications = async () => {
    if (
      !(await fetch(
        'sso',
        'applications.json',
        'Applications',
        next => calls.listApplications(arn, next),
        'applications',
      ))
    )
      return
    for (const application of idsIn(await load('applications.json'), 'Applications', 'ApplicationArn')) {
      const list = (next: string | undefined) => calls.listApplicationAssignments(application, next)
      await fetch(
        'sso',
        `applications/${endOf(application)}.json`,
        'ApplicationAssignments',
        list,
        'applications',
      )
    }
  }
  await Promise.all([
    inParallel(groups, readMembers),
    inParallel(permissionSets, readSet).then(readApplications),
  ])

  // Created after the lists were read, or deleted: a deleted one is not found.
  const describe = (kind: 'Users' | 'Groups', id: string, call: () => Promise<object>) =>
    fetch('store', `late/${id}.json`, kind, async () => ({ [kind]: [await call()] }), undefined)
  await inParallel(unknown.groups, async group => {
    if (await describe('Groups', group, () => calls.describeGroup(store, group))) await readMembers(group)
  })
  await inParallel(unknown.users, user => describe('Users', user, () => calls.describeUser(store, user)))
  await write('manifest.json', { ...manifest, complete: true, finished: new Date().toISOString() })
}

const refuse = (message: string) => new ImportError([{ file: '', message }])

const endOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
const textsIn = (list: Json | undefined): readonly string[] =>
  Array.isArray(list) ? list.filter(one => typeof one === 'string') : []
const objectsIn = (file: JsonObject, list: string): readonly JsonObject[] => {
  const objects = file[list]
  return Array.isArray(objects) ? objects.filter(isObject) : []
}
const idsIn = (file: JsonObject, list: string, id: string): readonly string[] =>
  objectsIn(file, list).map(object => String(object[id]))

function chooseInstance(file: JsonObject, { instance, region }: LiveOptions) {
  const instances = objectsIn(file, 'Instances')
  const arns = instances.map(({ InstanceArn }) => String(InstanceArn))
  if (arns.length === 0) {
    throw refuse(
      `There is no instance of IAM Identity Center in ${region}: name its primary Region with --region.`,
    )
  }
  if (instance === undefined && arns.length > 1)
    throw refuse(`The account sees ${arns.length} instances: ${arns.join(', ')}. Choose one with --instance.`)
  const at = instance === undefined ? 0 : arns.indexOf(instance)
  if (at < 0) throw refuse(`The account does not see the instance ${instance}, but ${arns.join(', ')}.`)
  return { arn: arns[at] ?? '', store: String(instances[at]?.IdentityStoreId) }
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

  /** Returns false if the part is skipped for lack of a permission, or if a single object is not found. */
  const fetch = async (
    api: 'store' | 'sso',
    file: string,
    list: string,
    call: (next: string | undefined) => Promise<Page>,
    part?: string,
  ): Promise<boolean> => {
    if (part !== undefined && skipped.includes(part)) return false
    if (Object.hasOwn(await load(file), list)) return true
    const pages: unknown[] = []
    let next: string | undefined
    try {
      do {
        await pace[api]()
        onProgress(++requests)
        const page: Page & { readonly [list: string]: unknown } = { ...(await call(next)) }
        pages.push(page[list])
        next = page.NextToken || undefined
      } while (next !== undefined)
    } catch (error) {
      const name = error instanceof Error ? error.name : ''
      if (part === undefined && name === 'ResourceNotFoundException') return false
      const isOptional =
        part === 'applications' || (part === 'permission-sets' && name === 'ValidationException')
      if (part === undefined || !(isOptional || name.startsWith('AccessDenied'))) throw explained(error, list)
      if (!skipped.includes(part)) skipped.push(part)
      return false
    }
    await write(file, { [list]: pages.every(Array.isArray) ? pages.flat() : pages[0] })
    return true
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
