import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type DirectoryResult,
  parseDirectory,
  readDirectory,
  readTextFile,
} from '../../entra/directory/read-directory.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'

/**
 * Reads a directory as `readDirectory` does, or an export of Okta's API: one file with `users`, `groups`, `appUsers`,
 * `appGroups` and `groupPushMappings`, or a folder with a file for each, and with the users of a group in
 * `members/<group>.json`. Throws DirectoryError with all errors.
 */
export async function readOktaDirectory(path: string): Promise<DirectoryResult> {
  const files = await readExport(path)
  const result = files && isOktaExport(files) ? parseDirectory(toCommonForm(files), path) : undefined
  return result ?? readDirectory(path)
}

type ListName = 'users' | 'groups' | 'appUsers' | 'appGroups' | 'groupPushMappings'
type OktaExport = Partial<Record<ListName, readonly JsonObject[]>> & {
  /** The users of a group, by the ID or the name of the group. */
  readonly members: Readonly<Record<string, readonly JsonObject[]>>
}

const listNames: readonly ListName[] = ['users', 'groups', 'appUsers', 'appGroups', 'groupPushMappings']

/** Undefined if it can't be an export of Okta's: `readDirectory` then reports what is wrong. */
async function readExport(path: string): Promise<OktaExport | undefined> {
  const isFolder = await stat(path).then(
    entry => entry.isDirectory(),
    () => undefined,
  )
  if (isFolder === undefined) return undefined
  if (!isFolder) {
    const json = await jsonIn(path)
    if (Array.isArray(json)) return { users: objectsOf(json), members: {} }
    return isObject(json) ? { ...listsIn(json), members: {} } : undefined
  }
  const named = await Promise.all(
    listNames.map(async name => [name, await jsonIn(join(path, `${name}.json`))] as const),
  )
  const lists = Object.fromEntries(named.filter(([, json]) => Array.isArray(json)))
  return { ...listsIn(lists as JsonObject), members: await membersIn(join(path, 'members')) }
}

async function membersIn(folder: string): Promise<OktaExport['members']> {
  const names = await readdir(folder).catch(() => [])
  const files = names.filter(name => /\.json$/i.test(name)).sort()
  const lists = await Promise.all(
    files.map(async name => [
      name.replace(/\.json$/i, ''),
      objectsOf((await jsonIn(join(folder, name))) ?? []),
    ]),
  )
  return Object.fromEntries(lists)
}

async function jsonIn(path: string): Promise<Json | undefined> {
  try {
    return JSON.parse((await readTextFile(path)) ?? '')
  } catch {
    return undefined
  }
}

const objectsOf = (json: Json): readonly JsonObject[] => (Array.isArray(json) ? json.filter(isObject) : [])

const listsIn = (json: JsonObject): Partial<Record<ListName, readonly JsonObject[]>> =>
  Object.fromEntries(
    listNames.flatMap(name => (Array.isArray(json[name]) ? [[name, objectsOf(json[name])]] : [])),
  )

/** A user of Okta's API has a status and a profile with a login. */
const isOktaExport = ({ users = [] }: OktaExport): boolean =>
  users.length > 0 && users.every(({ profile }) => isObject(profile) && profile.login !== undefined)

/** The common form, in which names are resolved and mistakes are reported. */
function toCommonForm(files: OktaExport): JsonObject {
  const { users = [], groups = [], appUsers = [], appGroups = [], groupPushMappings = [] } = files
  const pushed = new Set(groupPushMappings.filter(isActive).map(({ sourceGroupId }) => sourceGroupId))
  return {
    users: users.map(toCommonUser),
    groups: groups.map(group => {
      const { id = '', profile } = group
      const name = isObject(profile) ? (profile.name ?? '') : ''
      const members = files.members[String(id)] ?? files.members[String(name)]
      return {
        id,
        displayName: name,
        pushed: pushed.has(id),
        members: members?.map(each => each.id ?? null) ?? group.members ?? [],
      }
    }),
    assignments: [...appUsers, ...appGroups].map(({ id = '' }) => ({ principal: id })),
  }
}

const isActive = ({ status }: JsonObject) => status === undefined || status === 'ACTIVE'

/** Okta's names of attributes that have another name in the common form. */
const renamed: Readonly<Record<string, string>> = {
  login: 'userPrincipalName',
  email: 'mail',
  firstName: 'givenName',
  lastName: 'surname',
  title: 'jobTitle',
  primaryPhone: 'telephoneNumber',
  mobilePhone: 'mobile',
  zipCode: 'postalCode',
  countryCode: 'country',
  employeeNumber: 'employeeId',
  // A text in Okta, but a reference in the common form.
  manager: 'managerName',
}

/** Users with these statuses have no account in apps. */
const withoutAccount: readonly unknown[] = ['STAGED', 'DEPROVISIONED']

function toCommonUser({ id = '', status = 'ACTIVE', profile }: JsonObject): JsonObject {
  const attributes = isObject(profile) ? Object.entries(profile) : []
  return {
    ...Object.fromEntries(attributes.map(([name, value]) => [renamed[name] ?? name, value])),
    id,
    status,
    accountEnabled: !withoutAccount.includes(status),
  }
}
