import { startBystander } from '../../endure/bystander.ts'

/** Another client in a process of its own: one that starts commands and reads their reports waits for itself. Any message ends it. */
const [base = ''] = process.argv.slice(2)
const bystander = await startBystander(base)
process.once('message', async () => {
  process.send?.(await bystander.stop())
  process.disconnect()
})
process.send?.('started')
