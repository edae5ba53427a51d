import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { awsExport, type ExportedDirectory, exportFiles, userId } from '../../../test/support/aws-export.ts'

export type Size = {
  readonly users: number
  readonly groups: number
  readonly membersOfGroup: number
  readonly assignments: number
}

const nameOf = (at: number) => `homer${at}@springfield.example`
const teamOf = (at: number) => `team ${at}`

/** Members are spread over all users. */
const membersOf = ({ users, membersOfGroup }: Size, group: number): readonly number[] =>
  Array.from({ length: membersOfGroup }, (_, nth) => (group * membersOfGroup + nth) % users)

/** Every tenth assignment is a user's, every fiftieth one's who was deleted, and the others are groups'. */
export const largeDirectory = (size: Size): ExportedDirectory => ({
  users: Array.from({ length: size.users }, (_, at) => ({
    userName: nameOf(at),
    externalId: `former-${at}`,
    active: at % 50 !== 0,
    more: {
      Title: `Engineer ${at % 100}`,
      PhoneNumbers: [{ Value: `555-${at}`, Type: 'work' }],
      // The AWS CLI creates users whose addresses have no type.
      ...(at % 10 === 1 && { Emails: [{ Value: nameOf(at), Primary: true }] }),
    },
  })),
  groups: Array.from({ length: size.groups }, (_, at) => teamOf(at)),
  members: Object.fromEntries(
    Array.from({ length: size.groups }, (_, at) => [teamOf(at), membersOf(size, at).map(nameOf)]),
  ),
  assignments: Array.from({ length: size.assignments }, (_, at) => ({
    to: at % 50 === 25 ? userId(`former ${at}`) : at % 10 === 0 ? nameOf(at) : teamOf(at % size.groups),
    account: String(111_111_111_111 + (at % 5)),
    permissionSet: `Access ${Math.floor(at / 80)}`,
  })),
})

/** The same people at Microsoft Entra ID. Every hundredth has left, and every fiftieth has another name. */
export const largeSource = (size: Size) => {
  const isThere = (at: number) => at % 100 !== 99
  const users = Array.from({ length: size.users }, (_, at) => ({
    ...{ id: `id-${at}`, displayName: `Homer ${at}`, givenName: 'Homer', surname: `Simpson ${at}` },
    ...{ userPrincipalName: at % 50 === 7 ? `h.simpson${at}@springfield.example` : nameOf(at) },
    ...{
      mail: nameOf(at),
      mailNickname: `homer${at}`,
      accountEnabled: true,
      jobTitle: `Engineer ${at % 100}`,
    },
  }))
  return {
    users: users.filter((_, at) => isThere(at)),
    groups: Array.from({ length: size.groups }, (_, at) => ({
      id: `id-team-${at}`,
      displayName: teamOf(at),
      members: membersOf(size, at)
        .filter(isThere)
        .map(member => `id-${member}`),
    })),
  }
}

export function writeExport(folder: string, directory: ExportedDirectory): void {
  for (const { name, bytes } of exportFiles(awsExport(directory))) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
}
