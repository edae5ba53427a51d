import t from 'tap'
import { generateDirectory } from '../../../src/entra/directory/generate.ts'
import type { SourceDirectory } from '../../../src/entra/directory/source-directory.ts'
import { defaultRequestOptions } from '../../../src/entra/target.ts'
import { buildJobTest, type JobTest } from '../../support/entra-job.ts'

const directory = generateDirectory({ users: 120, groups: 2, groupSize: 100, seed: 7 })

/** Members of each group in the target, as objectIds. */
async function membersIn({ client, store }: JobTest) {
  const sources = new Map([...store.state.objects].map(([objectId, { target }]) => [target, objectId]))
  const groups: readonly { displayName: string; members: readonly { value: string }[] }[] = (
    await client.get('/Groups')
  ).body.Resources
  return new Map(
    groups.map(({ displayName, members }) => [
      displayName,
      members.map(({ value }) => sources.get(value)).toSorted(),
    ]),
  )
}
const membersOf = ({ groups }: SourceDirectory) =>
  new Map(groups.map(({ attributes, members }) => [attributes.displayName, members.toSorted()]))

t.test('members that are written one by one and in parallel are all stored', async t => {
  const test = await buildJobTest(t, 'entra', { config: { memberConcurrency: 16, concurrency: 8 } })
  t.match(await test.job.runCycle({ directory }), {
    ending: 'completed',
    counts: { created: 122, membersAdded: 200 },
  })
  t.same(await membersIn(test), membersOf(directory))
})

for (const dialect of ['default', 'aadOptscim062020'] as const) {
  t.test(`${dialect}: members are added and removed in batches, if so configured`, async t => {
    const config = { memberBatchSize: 20, wire: { ...defaultRequestOptions, dialect, memberNullRef: true } }
    const test = await buildJobTest(t, 'entra', { dialect, config })
    await test.job.runCycle({ directory })
    t.equal(patchesOf(test), 10)
    t.same(await membersIn(test), membersOf(directory))
    const others = {
      ...directory,
      groups: directory.groups.map(group => ({ ...group, members: group.members.slice(50) })),
    }
    const { counts } = await test.job.runCycle({
      directory: {
        ...others,
        assignments: directory.users
          .map(({ objectId }) => ({ principal: objectId }))
          .concat(directory.groups.map(({ objectId }) => ({ principal: objectId }))),
      },
    })
    t.equal(counts.membersRemoved, 100)
    t.equal(patchesOf(test), 6, 'of 20, 20 and 10')
    t.same(await membersIn(test), membersOf(others))
  })
}

const patchesOf = ({ sent }: JobTest) =>
  sent().filter(({ method, path }) => method === 'PATCH' && path.startsWith('/Groups')).length
