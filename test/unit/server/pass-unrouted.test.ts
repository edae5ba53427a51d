import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { passUnrouted } from '../../../src/server/listeners.ts'

/** A listener with one route of its own. `build` returns the application with the others, and may throw. */
async function listen(t: Test, register: (other: FastifyInstance) => void) {
  let builds = 0
  const app = Fastify()
  app.get('/own', async () => 'own')
  passUnrouted(app, () => {
    builds += 1
    const other = Fastify()
    register(other)
    return other
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const request = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    return { status: response.status, text: await response.text() }
  }
  return { app, port, request, builds: () => builds }
}

t.test(
  'requests that arrive at once build the other application once, and none builds it for an own route',
  async t => {
    const { request, builds } = await listen(t, other => {
      other.post('/text', async ({ body }) => body)
    })
    t.same(await request('/own'), { status: 200, text: 'own' })
    t.equal(builds(), 0)
    const body = 'x'.repeat(500_000)
    const send = (body: string) =>
      request('/text', { method: 'POST', headers: { 'content-type': 'text/plain' }, body })
    t.same(await Promise.all([send('a'), send(body), send('b')]), [
      { status: 200, text: 'a' },
      { status: 200, text: body },
      { status: 200, text: 'b' },
    ])
    t.equal((await request('/text')).status, 404, 'the other application has the last word')
    t.equal(builds(), 1)
  },
)

t.test('a failed build is the error of its request, and the next request builds again', async t => {
  let failures = 1
  const { app, request, builds } = await listen(t, other => {
    other.register(async scope => {
      if (failures-- > 0) throw new Error('out of order')
      scope.get('/later', async () => 'later')
    })
  })
  const logged: string[] = []
  app.log.error = (...args: readonly unknown[]) => void logged.push(String(args[0]))
  t.match(await request('/later'), { status: 500, text: /out of order/ })
  t.same(await request('/later'), { status: 200, text: 'later' })
  t.equal(builds(), 2)
})

t.test('closing waits for responses of the other application, and closes it', async t => {
  let closed = false
  const { promise: started, resolve: start } = Promise.withResolvers<void>()
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
  const { app, port } = await listen(t, other => {
    other.addHook('onClose', async () => {
      closed = true
    })
    other.get('/slow', async () => {
      start()
      await mayEnd
      return 'done'
    })
  })
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  let received = ''
  socket.on('data', text => {
    received += text
  })
  socket.write('GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  await started
  const closing = app.close()
  end()
  await once(socket, 'close')
  await closing
  t.match(received, /^HTTP\/1\.1 200.*done/s)
  t.equal(closed, true)
})
