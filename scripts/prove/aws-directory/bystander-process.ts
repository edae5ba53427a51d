/*
 * Another client. It has a process of its own, since the one that starts commands and reads their reports would delay it. Any message
 * stops it; it then sends its `Waits`.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { startBystander } from '../../endure/bystander.ts'
import { createClient } from '../../endure/client.ts'
import type { Spread } from '../../endure/spread.ts'
import { type Slowest, watchSlowest } from './slowest.ts'

export type Waits = Spread & { readonly slowest: Slowest | undefined }

const [base = '', pid] = process.argv.slice(2)
// Not measured: a server that has just started still starts threads, and compiles the code of its first requests.
const warmUp = await startBystander(base)
await pause(1000)
await warmUp.stop()

const { client, slowest } = watchSlowest(createClient(base), Number(pid))
const bystander = await startBystander(base, client)
process.once('message', async () => {
  process.send?.({ ...(await bystander.stop()), slowest: slowest() })
  process.disconnect()
})
process.send?.('started')
