import { isObject, type JsonObject } from '../../../scim/json.ts'
import { type ExportFiles, readExport } from '../../kit/directory/export-files.ts'
import { type DirectoryResult, parseDirectory, readDirectory } from '../../kit/directory/read-directory.ts'

/**
 * Reads a directory as `readDirectory` does, or an export of Okta's API: one file with `users`, `groups`, `appUsers`,
 * `appGroups` and `groupPushMappings`, or a folder with a file for each, and with the users of a group in
 * `members/<group>.json`. Throws DirectoryError with all errors.
 */
export async function readOktaDirectory(path: string): Promise<DirectoryResult> {
  const files = await readExport(path, listNames)
  const result = files && isOktaExport(files) ? parseDirectory(toCommonForm(files), path) : undefined
  return result ?? readDirectory(path)
}

type OktaExport = ExportFiles<(typeof listNames)[number]>

const listNames = ['users', 'groups', 'appUsers', 'appGroups', 'groupPushMappings'] as const

const isOktaExport = ({ users = [] }: OktaExport): boolean =>
  users.length > 0 && users.every(({ profile }) => isObject(profile) && profile.login !== undefined)

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
