import type { JsonObject } from '../../src/scim/json.ts'
import type { AwsDirectory, DirectoryRecord } from '../../src/traffic/aws-directory/directory.ts'
import { userId as awsUserId, groupId } from './aws-export.ts'

type Given = {
  /** Users by name, with what differs from the usual one. */
  readonly users?: Readonly<Record<string, JsonObject>>
  /** Groups by name, with the names of their users. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  readonly assignments?: AwsDirectory['assignments']
}

/** A directory of AWS as it is read from an export. */
export function awsDirectory({ users = {}, groups = {}, assignments = [] }: Given): AwsDirectory {
  const record = (id: string, document: JsonObject): [string, DirectoryRecord] => [
    id,
    { id, document: JSON.stringify(document), audit: { at: 1000, updatedAt: 1000 } },
  ]
  return {
    instance: {
      store: 'd-9067e0c944',
      arn: 'arn:aws:sso:::instance/ssoins-72230dd8d945bf1a',
      account: '999999999999',
    },
    users: new Map(
      Object.entries(users).map(([userName, more]) => {
        const name = { givenName: userName.split('@', 1)[0] ?? '', familyName: 'Simpson' }
        return record(awsUserId(userName), {
          userName,
          displayName: name.givenName,
          name,
          active: true,
          ...more,
        })
      }),
    ),
    groups: new Map(Object.keys(groups).map(displayName => record(groupId(displayName), { displayName }))),
    memberships: Object.entries(groups).flatMap(([group, names]) =>
      names.map(name => ({ group: groupId(group), user: awsUserId(name) })),
    ),
    assignments,
    permissionSets: new Map(),
    accounts: new Map(),
    applications: [],
    membersUnknown: new Set(),
    read: { source: 'files', name: 'export', skipped: [], orphansKnown: true },
    notes: [],
    issuers: new Map(),
  }
}
