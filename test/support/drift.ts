import type { RehearsalInput } from '../../src/domain/contract/rehearsal.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import type { AwsDirectory } from '../../src/traffic/aws-directory/directory.ts'
import { readAwsExport } from '../../src/traffic/aws-directory/read.ts'
import { awsExport, type ExportedDirectory, exportFiles, tarOf } from './aws-export.ts'

/** A user of AWS as Entra ID provisions it with its default mapping. */
export const anAwsUser = (nick: string, more: JsonObject = {}) => ({
  userName: `${nick}@springfield.example`,
  externalId: nick,
  more: {
    Name: { GivenName: nick, FamilyName: 'Simpson', Formatted: `${nick} Simpson` },
    DisplayName: `${nick} Simpson`,
    ...more,
  },
})

export const anAwsGroup = (displayName: string, more: JsonObject = {}) => ({
  displayName,
  externalId: `id-${displayName}`,
  more,
})

export const anEntraUser = (nick: string, more: JsonObject = {}): JsonObject => ({
  id: `id-${nick}`,
  userPrincipalName: `${nick}@springfield.example`,
  mail: `${nick}@springfield.example`,
  mailNickname: nick,
  displayName: `${nick} Simpson`,
  ...{ givenName: nick, surname: 'Simpson', accountEnabled: true },
  ...more,
})

export const anEntraGroup = (displayName: string, ...members: readonly string[]): JsonObject => ({
  id: `id-${displayName}`,
  displayName,
  members: members.map(nick => `id-${nick}`),
})

export type Sides = {
  readonly aws: Required<Pick<ExportedDirectory, 'users' | 'groups' | 'members' | 'assignments'>>
  readonly source: { readonly users: readonly JsonObject[]; readonly groups: readonly JsonObject[] }
}

/** Both sides agree: Marge and Homer are Operators, who have access to an account, and Homer is an Auditor, too. */
export const agreeing: Sides = {
  aws: {
    users: [anAwsUser('marge'), anAwsUser('homer')],
    groups: [anAwsGroup('Operators'), anAwsGroup('Auditors')],
    members: {
      Operators: ['marge@springfield.example', 'homer@springfield.example'],
      Auditors: ['homer@springfield.example'],
    },
    assignments: [{ to: 'Operators' }],
  },
  source: {
    users: [anEntraUser('marge'), anEntraUser('homer')],
    groups: [anEntraGroup('Operators', 'marge', 'homer'), anEntraGroup('Auditors', 'homer')],
  },
}

export const archiveOf = (files: Readonly<Record<string, unknown>>): Buffer => tarOf(exportFiles(files))

export const readExported = (files: Readonly<Record<string, unknown>>): Promise<AwsDirectory> =>
  readAwsExport({ name: 'export.tar', bytes: archiveOf(files) }, {})

export const exportedAws = ({ aws }: Sides = agreeing) => awsExport(aws)

export const sourceFiles = ({ source }: Sides = agreeing): RehearsalInput['files'] => [
  { name: 'directory.json', text: JSON.stringify(source) },
]
