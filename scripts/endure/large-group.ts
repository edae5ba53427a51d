import { createClient, groupBody, patchOp, runConcurrently, userBody } from './client.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { serve } from './server.ts'
import { formatSpread, number, spreadOf } from './spread.ts'
import { require, type Trial } from './trial.ts'

const concurrency = 16
const batch = 1_000

export const largeGroup: Trial = {
  id: 'large-group',
  title: 'A group of 100,000 members',
  statement:
    'The size of a group does not slow down adding and removing a member, and reading the whole group keeps memory bounded.',
  run: async ({ folder, size, report }) => {
    const file = `${folder}/scimulator.db`
    const server = await serve(file)
    const client = createClient(server.base, concurrency)
    const members = size(2_000, 100_000)
    const callApi = async (method: string, path: string, body?: unknown) => {
      const response = await client.callApi(method, path, body)
      require(response.status < 300, `${method} ${path}: ${response.status} ${JSON.stringify(response.body)}`)
      return response
    }
    const ids: string[] = []
    let next = 0
    await runConcurrently(concurrency, async () => {
      while (next < members) ids.push((await callApi('POST', '/Users', userBody(`m-${next++}`))).body.id)
    })
    report(`${number(ids.length)} users`)
    const group = `/Groups/${(await callApi('POST', '/Groups', groupBody('all users'))).body.id}`
    const changeOf = (op: string, some: readonly string[]) =>
      patchOp({ op, path: 'members', value: some.map(value => ({ value })) })
    const small = await addAndRemove(
      async op => (await callApi('PATCH', group, changeOf(op, ids.slice(0, 1)))).milliseconds,
    )
    for (let from = 1; from < ids.length; from += batch)
      await callApi(
        'PATCH',
        `${group}?excludedAttributes=members`,
        changeOf('add', ids.slice(from, from + batch)),
      )
    report('all users are members')
    const path = `${group}?excludedAttributes=members`
    const large = await addAndRemove(
      async op => (await callApi('PATCH', path, changeOf(op, ids.slice(0, 1)))).milliseconds,
    )
    await callApi('PATCH', path, changeOf('add', ids.slice(0, 1)))
    const whole = await callApi('GET', group)
    const { highest } = server.memory()
    client.close()
    await server.end()
    require(whole.body.members.length ===
      ids.length, `${whole.body.members.length} members instead of ${ids.length}`)
    inspect(file, db => requireConsistent(db, 'afterwards'))
    return [
      ['members', number(ids.length)],
      ['adding and removing a member, empty group', formatSpread(spreadOf(small))],
      ['adding and removing a member, full group', formatSpread(spreadOf(large))],
      ['reading the whole group', `${whole.milliseconds.toFixed(0)} ms`],
      ['highest resident memory, MB', String(highest)],
    ]
  },
}

async function addAndRemove(change: (op: string) => Promise<number>): Promise<readonly number[]> {
  const took: number[] = []
  for (let at = 0; at < 50; at++) took.push(await change('add'), await change('remove'))
  return took
}
