import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'

/** Logs one line at its start, and two more right before it exits on input. */
const program = (logFormat: string) => `
  import { createLogger } from './src/server/logger.ts'
  const logger = await createLogger({ logLevel: 'info', logFormat: '${logFormat}' })
  process.stdin.once('data', () => {
    logger.info('stopping')
    logger.info('stopped')
    process.exit(0)
  })
  logger.info('ready')
`

for (const logFormat of ['json', 'pretty']) {
  const begin = () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(logFormat)])
    t.teardown(() => child.kill('SIGKILL'))
    return child
  }

  t.test(`${logFormat}: lines logged right before the exit are written`, async t => {
    const child = begin()
    let output = ''
    child.stdout.on('data', part => {
      output += part
    })
    await once(child.stdout, 'data')
    child.stdin.write('end')
    t.same(await once(child, 'close'), [0, null])
    t.same(output.match(/ready|stopping|stopped/g), ['ready', 'stopping', 'stopped'])
  })

  t.test(`${logFormat}: the exit does not wait for a reader`, { timeout: 30_000 }, async t => {
    const child = begin()
    let complaint = ''
    child.stderr.on('data', part => {
      complaint += part
    })
    await once(child.stdout, 'data')
    child.stdout.destroy()
    await once(child.stdout, 'close')
    const requested = Date.now()
    child.stdin.write('end')
    t.same(await once(child, 'close'), [0, null])
    t.equal(complaint, '')
    t.ok(Date.now() - requested < 5000, 'at once')
  })
}
