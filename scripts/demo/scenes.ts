import * as edits from '../../src/entra/directory/edits.ts'
import type { CycleReport } from '../../src/entra/job/cycle-report.ts'
import { describeCycle } from '../../src/entra/scenario/describe.ts'
import type { EntraSide } from './entra-side.ts'
import type { Narrator } from './narrator.ts'
import type { Witness } from './witness.ts'

export type Cast = { readonly entra: EntraSide; readonly witness: Witness } & Pick<
  Narrator,
  'chapter' | 'tell' | 'claim'
>

type Cycle = { readonly report: CycleReport; readonly heard: readonly string[] }

/** Runs a cycle, and checks that the server received what the job reports as sent. */
async function cycle({ entra, witness, claim }: Cast): Promise<Cycle> {
  await witness.heard()
  const report = await entra.cycle()
  const heard = await witness.heard()
  const count = (pattern: RegExp) => heard.filter(line => pattern.test(line)).length
  const { requests, writes, counts } = report
  claim(
    describeCycle(report),
    {
      reads: requests - writes,
      created: counts.created,
      deleted: counts.deleted,
      users: counts.updated + counts.disabled + counts.managersSet,
      members: counts.membersAdded + counts.membersRemoved,
    },
    {
      reads: heard.filter(isRead).length,
      created: count(/^POST /),
      deleted: count(/^DELETE /),
      users: count(/^PATCH \S+\/Users\//),
      members: count(/^PATCH \S+\/Groups\//),
    },
  )
  return { report, heard }
}

const isRead = (line: string) => line.startsWith('GET ')

const kindOfWrite = (line: string) => line.replace(/^(\w+) \S*\/(Users|Groups).*$/, '$1 $2')
const name = (alias: string) => `${alias}@springfield.example`

export async function connects(cast: Cast) {
  const { chapter, tell, claim, entra, witness } = cast
  chapter('Entra tests the connection')
  tell('It looks up random GUIDs as user and group names; a working endpoint answers an empty list to each.')
  claim('The test succeeds.', { ok: true }, await entra.job.testConnection())
  const heard = await witness.heard()
  claim(
    'The server was asked three times, and nothing was written.',
    [3, 3],
    [heard.length, heard.filter(isRead).length],
  )
}

export async function begins(cast: Cast) {
  const { chapter, tell, claim, witness } = cast
  chapter('The initial cycle')
  tell('Four groups are assigned to the application, and through them whoever is in them.')
  const { heard } = await cycle(cast)
  claim(
    'Users were created first, then groups; managers and members came after them.',
    ['POST Users', 'POST Groups', 'PATCH Users', 'PATCH Groups'],
    heard
      .filter(line => !isRead(line))
      .map(kindOfWrite)
      .filter((kind, at, all) => kind !== all[at - 1]),
  )
  const people = [
    'barney.gumble',
    'carl.carlson',
    'edna.krabappel',
    'lenny.leonard',
    'lisa.simpson',
    'marge.simpson',
  ]
  claim(
    'Six users are in the target, all of them active.',
    Object.fromEntries(people.map(alias => [name(alias), 'active'])),
    await witness.census('users'),
  )
  claim(
    'Four groups are in the target.',
    ['Network Operators', 'Security Admins', 'Security Auditors', 'Systems Operators'],
    Object.keys(await witness.census('groups')),
  )
  const auditors = ['Edna Krabappel', 'Lisa Simpson', 'Marge Simpson']
  claim('Security Auditors has three members.', auditors, await witness.members('Security Auditors'))
  const nobody = async (alias: string) => (await witness.records('users', name(alias))).length
  claim('Frank Grimes, whose account is disabled, was not created.', 0, await nobody('frank.grimes'))
  claim('Homer, only in a group within a group, was not created.', 0, await nobody('homer.simpson'))
}

export async function rests(cast: Cast) {
  const { chapter, claim } = cast
  chapter('Forty minutes later nothing has changed')
  const { requests, writes } = (await cycle(cast)).report
  claim('It was three look-ups of GUIDs, and no write.', [3, 0], [requests, writes])
}

export async function marge(cast: Cast) {
  const { chapter, claim, entra, witness } = cast
  chapter("Marge's account is disabled")
  entra.edit(directory => edits.disable(directory, name('marge.simpson')))
  await cycle(cast)
  const [record] = await witness.records('users', name('marge.simpson'))
  claim('Marge is disabled in the target.', ['disabled', false], [record?.status, record?.document?.active])
  claim(
    'She still is in both of her groups.',
    ['Security Admins', 'Security Auditors'],
    record?.groups.map(({ display }) => display).toSorted(),
  )
}

export async function barney(cast: Cast) {
  const { chapter, claim, entra, witness } = cast
  chapter('Barney leaves the group that was his only assignment')
  entra.edit(directory => edits.removeMember(directory, 'Network Operators', name('barney.gumble')))
  await cycle(cast)
  const [record] = await witness.records('users', name('barney.gumble'))
  claim(
    'Barney is disabled in the target, and nobody deleted him.',
    ['disabled', undefined],
    [record?.status, record?.deleted],
  )
  claim(
    'Network Operators has one member left.',
    ['Lenny Leonard'],
    await witness.members('Network Operators'),
  )
  const history = await witness.history('users', record?.id ?? '')
  claim('His history says that he was taken out.', true, history.includes('removed from Network Operators'))
}

export async function lenny(cast: Cast) {
  const { chapter, tell, claim, entra, witness } = cast
  chapter("Lenny's account is deleted")
  entra.edit((directory, now) => edits.softDelete(directory, name('lenny.leonard'), now))
  await cycle(cast)
  const [before] = await witness.records('users', name('lenny.leonard'))
  claim('Lenny is disabled, and still present.', 'disabled', before?.status)
  const day = 86_400_000
  await entra.pass(29 * day)
  tell('29 days go by; in the directory he could still be restored.')
  await cycle(cast)
  const [waiting] = await witness.records('users', name('lenny.leonard'))
  claim('He is still present.', 'disabled', waiting?.status)
  await entra.pass(day)
  tell('The 30th day: the directory purges him.')
  await cycle(cast)
  const [after] = await witness.records('users', name('lenny.leonard'))
  const { status } = await witness.scim(`/Users/${before?.id}`)
  claim('He is deleted: SCIM answers 404 for him.', 404, status)
  claim('IAM Identity Center keeps his record, disabled, until it is purged.', 'retained', after?.status)
}

export async function cleansUp(cast: Cast) {
  const { chapter, tell, claim, witness } = cast
  chapter('The administrator of the target cleans up')
  claim(
    'Four identities need a look, and the server says why.',
    {
      [name('marge.simpson')]: ['disabled'],
      [name('barney.gumble')]: ['disabled'],
      [name('lenny.leonard')]: ['retained'],
      'Network Operators': ['empty-group'],
    },
    await silentAside(witness),
  )
  const [record] = await witness.records('users', name('lenny.leonard'))
  await witness.purge(record?.id ?? '')
  tell("Lenny's record is purged.")
  const [purged] = await witness.records('users', name('lenny.leonard'))
  claim('Nothing but his history is left.', 'removed', purged?.status)
  const history = await witness.history('users', record?.id ?? '')
  claim(
    'It begins with his creation and ends with the purge.',
    ['created', 'purged'],
    [history[0], history.at(-1)],
  )
}

/** Inactive groups and users are not part of the story. */
const silentAside = async (witness: Witness) =>
  Object.fromEntries(
    Object.entries(await witness.stale())
      .map(([label, reasons]) => [label, reasons.filter(reason => reason !== 'inactive')] as const)
      .filter(([, reasons]) => reasons.length > 0),
  )

export async function hiresAgain(cast: Cast) {
  const { chapter, claim, entra, witness } = cast
  chapter('Lenny is hired again')
  const lennyAgain = {
    userPrincipalName: name('lenny.leonard'),
    displayName: 'Lenny Leonard',
    givenName: 'Lenny',
    surname: 'Leonard',
    jobTitle: 'Shift Supervisor',
  }
  const [old] = await witness.records('users', name('lenny.leonard'))
  entra.edit(directory => edits.hardDelete(directory, name('lenny.leonard')))
  entra.edit(directory => edits.addUser(directory, lennyAgain))
  entra.edit(directory => edits.addMember(directory, 'Network Operators', name('lenny.leonard')))
  await cycle(cast)
  const records = await witness.records('users', name('lenny.leonard'))
  claim(
    'He is there, as somebody else.',
    ['active', 'removed'],
    records.map(({ status }) => status),
  )
  claim('The server knows whom he succeeds.', old?.id, records[0]?.predecessor)
  claim('He is in Network Operators.', ['Lenny Leonard'], await witness.members('Network Operators'))
}
