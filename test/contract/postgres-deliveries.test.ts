import t, { type Test } from 'tap'
import type { PostMessage } from '../../src/console/webhooks/delivery.ts'
import { createWebhooks } from '../../src/console/webhooks/webhooks.ts'
import { createDeliveries } from '../../src/storage/postgres/stores.ts'
import { createTables, joinInstance, until } from '../support/cluster.ts'
import { runOnServer, skipWithoutPostgres } from '../support/postgres.ts'
import { describeDeliveries } from './deliveries.ts'

const skip = skipWithoutPostgres

const open = async (t: Test) => {
  const location = await createTables(t)
  const openOne = async () => {
    const { cluster } = await joinInstance(t, location)
    return createDeliveries(cluster)
  }
  return {
    deliveries: await openOne(),
    reopen: openOne,
    advance: async (milliseconds: number) => {
      await runOnServer(
        `update ${location.schema}.deliveries set added = added - ${milliseconds} * interval '1 ms'`,
      )
    },
  }
}

t.test('with PostgreSQL', { skip }, async t => describeDeliveries(t, open))

t.test('with two instances', { skip }, async t => {
  /** Two instances with a webhook. The first one delivers; `posts` are the attempts of each. */
  const openTwo = async (t: Test, postOfFirst: PostMessage) => {
    const location = await createTables(t)
    const openOne = async (post: PostMessage) => {
      const { cluster, tenants } = await joinInstance(t, location)
      const webhooks = createWebhooks({
        urls: ['http://127.0.0.1/secret'],
        console: () => undefined,
        warn: t.fail,
        post,
        deliveries: createDeliveries(cluster),
        leader: cluster.leader,
      })
      const stop = async () => {
        await webhooks.stop()
        await tenants.close()
        await cluster.close()
      }
      t.teardown(stop)
      return { ...webhooks, stop }
    }
    const first = await openOne(postOfFirst)
    const holder = async () =>
      runOnServer(`select 1 from ${location.schema}.leases where name = 'leader' and holder is not null`)
    await until(async () => (await holder()).length === 1)
    const posts: { readonly url: string; readonly id: string; readonly text: string }[] = []
    const other = await openOne(async (url, { id, body }) => {
      posts.push({ url, id, text: JSON.parse(body).text })
      return { ok: true, status: 204 }
    })
    return { first, other, posts, location }
  }

  await t.test('one of them posts the messages of both', async t => {
    const texts: string[] = []
    const { first, other, posts } = await openTwo(t, async (_url, { body }) => {
      texts.push(JSON.parse(body).text)
      return { ok: true, status: 204 }
    })
    other.notify({ type: 'finding', text: 'one' })
    await until(() => texts.length === 1)
    first.notify({ type: 'finding', text: 'two' })
    await until(() => first.list()[0]?.delivered === 2)
    t.same([texts, posts], [['one', 'two'], []])
  })

  await t.test('the other one takes over what waits, with the message that was not accepted', async t => {
    const attempts: string[] = []
    const { first, posts, location } = await openTwo(t, async (_url, { id }, stop) => {
      attempts.push(id)
      await new Promise(resolve => stop.addEventListener('abort', resolve))
      return { ok: false, reason: 'not reachable' }
    })
    for (const text of ['one', 'two']) first.notify({ type: 'finding', text })
    await until(() => attempts.length === 1)
    await first.stop()
    await until(() => posts.length === 2)
    t.same(
      posts.map(({ url, text }) => [url, text]),
      [
        ['http://127.0.0.1/secret', 'one'],
        ['http://127.0.0.1/secret', 'two'],
      ],
    )
    t.same(attempts, [posts[0]?.id])
    const rows = () => runOnServer(`select target from ${location.schema}.deliveries`)
    await until(async () => (await rows()).length === 0)
  })
})
