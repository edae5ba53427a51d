import type { CycleReport } from '../../src/provisioning/entra/job/cycle-report.ts'
import * as edits from '../../src/provisioning/kit/directory/edits.ts'
import { describeCycle } from '../../src/provisioning/scenario/actions.ts'
import type { EntraSide } from './entra-side.ts'
import type { Narrator } from './narrator.ts'
import type { Witness } from './witness.ts'

export type Cast = { readonly entra: EntraSide; readonly witness: Witness } & Pick<
  Narrator,
  'chapter' | 'note' | 'claim'
>

type Cycle = { readonly report: CycleReport; readonly received: readonly string[] }

/** Runs a cycle, and checks that the server received what the job reports as sent. */
async function cycle({ entra, witness, claim }: Cast): Promise<Cycle> {
  await witness.newRequests()
  const report = await entra.cycle()
  const received = await witness.newRequests()
  const count = (pattern: RegExp) => received.filter(line => pattern.test(line)).length
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
      reads: received.filter(isRead).length,
      created: count(/^POST /),
      deleted: count(/^DELETE /),
      users: count(/^PATCH \S+\/Users\//),
      members: count(/^PATCH \S+\/Groups\//),
    },
  )
  return { report, received }
}

const isRead = (line: string) => line.startsWith('GET ')

const kindOfWrite = (line: string) => line.replace(/^(\w+) \S*\/(Users|Groups).*$/, '$1 $2')
const name = (alias: string) => `${alias}@springfield.example`

export async function connects(cast: Cast) {
  const { chapter, note, claim, entra, witness } = cast
  chapter('Entra tests the connection')
  note(
    'It searches for random GUIDs as user and group names. A working endpoint returns an empty list for each.',
  )
  claim('The test succeeds.', { ok: true }, await entra.job.testConnection())
  const received = await witness.newRequests()
  claim(
    'The server received three searches and no write.',
    [3, 3],
    [received.length, received.filter(isRead).length],
  )
}

export async function begins(cast: Cast) {
  const { chapter, note, claim, witness } = cast
  chapter('The initial cycle')
  note('Four groups are assigned to the application, and with them their direct members.')
  const { received } = await cycle(cast)
  claim(
    'Users were created first, then groups, then managers and members.',
    ['POST Users', 'POST Groups', 'PATCH Users', 'PATCH Groups'],
    received
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
    'Six active users are in the target.',
    Object.fromEntries(people.map(alias => [name(alias), 'active'])),
    await witness.statuses('users'),
  )
  claim(
    'Four groups are in the target.',
    ['Network Operators', 'Security Admins', 'Security Auditors', 'Systems Operators'],
    Object.keys(await witness.statuses('groups')),
  )
  const auditors = ['Edna Krabappel', 'Lisa Simpson', 'Marge Simpson']
  claim('Security Auditors has three members.', auditors, await witness.members('Security Auditors'))
  const countOf = async (alias: string) => (await witness.records('users', name(alias))).length
  claim('Frank Grimes, whose account is disabled, was not created.', 0, await countOf('frank.grimes'))
  claim('Homer, a member of a nested group only, was not created.', 0, await countOf('homer.simpson'))
}

export async function rests(cast: Cast) {
  const { chapter, claim } = cast
  chapter('Forty minutes later, nothing has changed')
  const { requests, writes } = (await cycle(cast)).report
  claim('The cycle sent three searches for GUIDs and no write.', [3, 0], [requests, writes])
}

export async function marge(cast: Cast) {
  const { chapter, claim, entra, witness } = cast
  chapter("Marge's account is disabled")
  entra.edit(directory => edits.disable(directory, name('marge.simpson')))
  await cycle(cast)
  const [record] = await witness.records('users', name('marge.simpson'))
  claim('Marge is disabled in the target.', ['disabled', false], [record?.status, record?.document?.active])
  claim(
    'She is still a member of both groups.',
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
    'Barney is disabled in the target, not deleted.',
    ['disabled', undefined],
    [record?.status, record?.deleted],
  )
  claim(
    'Network Operators has one member left.',
    ['Lenny Leonard'],
    await witness.members('Network Operators'),
  )
  const history = await witness.history('users', record?.id ?? '')
  claim(
    'The history shows the removal from the group.',
    true,
    history.includes('removed from Network Operators'),
  )
}

export async function lenny(cast: Cast) {
  const { chapter, note, claim, entra, witness } = cast
  chapter("Lenny's account is deleted")
  entra.edit((directory, now) => edits.softDelete(directory, name('lenny.leonard'), now))
  await cycle(cast)
  const [before] = await witness.records('users', name('lenny.leonard'))
  claim('Lenny is disabled, and still present.', 'disabled', before?.status)
  const day = 86_400_000
  await entra.advance(29 * day)
  note('29 days pass. The directory could still restore him.')
  await cycle(cast)
  const [waiting] = await witness.records('users', name('lenny.leonard'))
  claim('He is still present.', 'disabled', waiting?.status)
  await entra.advance(day)
  note('On day 30 the directory purges him.')
  await cycle(cast)
  const [after] = await witness.records('users', name('lenny.leonard'))
  const { status } = await witness.scim(`/Users/${before?.id}`)
  claim('He is deleted: SCIM returns 404.', 404, status)
  claim('IAM Identity Center keeps his record, disabled, until it is purged.', 'retained', after?.status)
}

export async function cleansUp(cast: Cast) {
  const { chapter, note, claim, witness } = cast
  chapter('The administrator of the target cleans up')
  claim(
    'The server lists four stale identities with reasons.',
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
  note("Lenny's record is purged.")
  const [purged] = await witness.records('users', name('lenny.leonard'))
  claim('Only his history remains.', 'removed', purged?.status)
  const history = await witness.history('users', record?.id ?? '')
  claim(
    'It starts with the creation and ends with the purge.',
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
  chapter('Lenny is rehired')
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
    'He is a new user in the target.',
    ['active', 'removed'],
    records.map(({ status }) => status),
  )
  claim('The server links the new user to its predecessor.', old?.id, records[0]?.predecessor)
  claim('He is in Network Operators.', ['Lenny Leonard'], await witness.members('Network Operators'))
}
