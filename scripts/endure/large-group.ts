import { aGroup, atOnce, aUser, createClient, patchOp } from './client.ts'
import { serve } from './server.ts'
import { inspect, requireSound } from './soundness.ts'
import { inWords, number, spreadOf } from './spread.ts'
import { require, type Trial } from './trial.ts'

const hands = 16
const batch = 1_000

export const largeGroup: Trial = {
  id: 'large-group',
  title: 'A group of a hundred thousand',
  shows:
    'A group’s size makes adding and removing a member no slower, and reading it whole leaves the server in bounds.',
  run: async ({ folder, size, say }) => {
    const file = `${folder}/scimulator.db`
    const server = await serve(file)
    const client = createClient(server.base, hands)
    const members = size(2_000, 100_000)
    const ask = async (method: string, path: string, body?: unknown) => {
      const answer = await client.ask(method, path, body)
      require(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer
    }
    const ids: string[] = []
    let next = 0
    await atOnce(hands, async () => {
      while (next < members) ids.push((await ask('POST', '/Users', aUser(`m-${next++}`))).body.id)
    })
    say(`${number(ids.length)} users`)
    const group = `/Groups/${(await ask('POST', '/Groups', aGroup('everybody'))).body.id}`
    const changeOf = (op: string, some: readonly string[]) =>
      patchOp({ op, path: 'members', value: some.map(value => ({ value })) })
    const small = await addAndRemove(
      async op => (await ask('PATCH', group, changeOf(op, ids.slice(0, 1)))).milliseconds,
    )
    for (let from = 1; from < ids.length; from += batch)
      await ask(
        'PATCH',
        `${group}?excludedAttributes=members`,
        changeOf('add', ids.slice(from, from + batch)),
      )
    say('all are members')
    const path = `${group}?excludedAttributes=members`
    const large = await addAndRemove(
      async op => (await ask('PATCH', path, changeOf(op, ids.slice(0, 1)))).milliseconds,
    )
    await ask('PATCH', path, changeOf('add', ids.slice(0, 1)))
    const whole = await ask('GET', group)
    const { highest } = server.memory()
    client.close()
    await server.end()
    require(whole.body.members.length ===
      ids.length, `${whole.body.members.length} members instead of ${ids.length}`)
    inspect(file, db => requireSound(db, 'afterwards'))
    return [
      ['members', number(ids.length)],
      ['adding and removing one, with none', inWords(spreadOf(small))],
      ['adding and removing one, with all', inWords(spreadOf(large))],
      ['reading the whole group', `${whole.milliseconds.toFixed(0)} ms`],
      ['memory, MB: highest', String(highest)],
    ]
  },
}

async function addAndRemove(change: (op: string) => Promise<number>): Promise<readonly number[]> {
  const took: number[] = []
  for (let at = 0; at < 50; at++) took.push(await change('add'), await change('remove'))
  return took
}
