import t from 'tap'
import { todays } from '../support/todays.ts'
import { gradedBy, gradePeersForJobs, predictedPeers } from './peers/grade-peers.ts'
import { causesIn, listedFor } from './peers/listed.ts'
import { predictingChecks } from './peers/prediction.ts'

const fine = 'Will provision, in both of Entra’s PATCH dialects.'
const inCases = (count: number) =>
  `${count} more ${count === 1 ? 'problem affects' : 'problems affect'} only some jobs; see the list.`

/** The headline for each peer that isn't fully compatible. */
const headlines: Readonly<Record<string, string>> = {
  'ignores-filters':
    'Would quarantine the job. As soon as the server has a user, Test connection fails and a running job is quarantined, because the probe returns a user that can’t exist.',
  'manager-as-text': `Will provision with Entra’s default requests. ${inCases(2)}`,
  'takes-no-groups': 'Will provision users, but no groups are created.',
  'refuses-second-schema': 'Will provision users, but no groups are created.',
  'no-patch': 'Will provision, but users aren’t updated or disabled, and no memberships are written.',
  'writes-without-effect':
    'Will provision, but users aren’t updated or disabled, and no memberships are written and deletions don’t work correctly.',
  'passes-over-texts-for-booleans': 'Will provision, but disabled users stay active.',
  'refuses-texts-for-booleans': 'Will provision, but disabled users stay active.',
  'refuses-manager-texts': 'Will provision, but managers aren’t set correctly.',
  'misfiles-manager-objects': `Will provision with Entra’s default requests. ${inCases(1)}`,
  'refuses-new-phones': 'Will provision, but some changes of attributes aren’t applied.',
  'passes-over-new-phones': 'Will provision, but some changes of attributes aren’t applied.',
  'empties-groups': 'Will provision, but memberships aren’t written correctly.',
  'keeps-deleted-members': 'Will provision, but groups keep deleted users as members.',
  'keeps-managers': `Will provision, but managers aren’t set correctly. ${inCases(1)}`,
  'leaves-empty-managers': `Will provision, but managers aren’t set correctly. ${inCases(1)}`,
  'refuses-variants': `Will provision with Entra’s default requests. ${inCases(3)}`,
}

const peers = todays(predictedPeers, 3)

/** On every twelfth peer, or all with `DAILY=all`, the whole suite runs; on the others, what is listed and what predicts. */
const graded = await gradePeersForJobs(({ id }) => {
  const at = gradedBy('entra').findIndex(peer => peer.id === id)
  if (process.env.DAILY === 'all' || at % 12 === 0) return []
  const { failed, follows } = at < 0 ? { failed: [], follows: {} } : listedFor(id, 'entra')
  return [...failed, ...Object.keys(follows), ...predictingChecks]
}, peers)

for (const { id } of gradedBy('entra').filter(peer => peers.includes(peer))) {
  t.test(`${id}: exactly the listed checks of entra fail`, async t => {
    const listed = listedFor(id, 'entra')
    t.same(graded[id]?.failed, listed.failed, 'as written by npm run compliance-docs')
    // How many failures follow depends on the other data on the server; their causes don't.
    t.same(causesIn(graded[id]?.follows), causesIn(listed.follows))
  })
}

for (const { id, description } of peers) {
  t.test(`predictions match the effects on a job: ${id}`, async t => {
    t.same(graded[id]?.predicted.effects, graded[id]?.actual, description)
    t.equal(graded[id]?.predicted.words, headlines[id] ?? fine)
  })
}
