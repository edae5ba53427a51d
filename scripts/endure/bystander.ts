import { setTimeout as pause } from 'node:timers/promises'
import { aUser, createClient, patchOp } from './client.ts'
import { inWords, type Spread, spreadOf } from './spread.ts'
import { type Figure, require } from './trial.ts'

export type Bystander = {
  /** Stops it; throws `TrialError` if a response was wrong or missing. */
  stop(): Promise<Spread>
}

const interval = 15
let bystanders = 0

/**
 * Another client of the server during the trial: it modifies a user, reads it and searches for it, and must receive what
 * it has written.
 */
export async function standBy(base: string): Promise<Bystander> {
  const client = createClient(base)
  const userName = `bystander-${process.pid}-${bystanders++}`
  const made = await client.ask('POST', '/Users', aUser(userName))
  require(made.status === 201, `the bystander can't be made: ${made.status}`)
  const path = `/Users/${made.body.id}`
  const lookUp = `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`
  const took: number[] = []
  const wrong: string[] = []
  let isOver = false

  const turn = async (title: string) => {
    const changed = await client.ask('PATCH', path, patchOp({ op: 'replace', path: 'title', value: title }))
    const read = await client.ask('GET', path)
    const found = await client.ask('GET', lookUp)
    took.push(changed.milliseconds, read.milliseconds, found.milliseconds)
    const told = [changed.body?.title, read.body?.title, found.body?.Resources?.[0]?.title]
    if (told.some(one => one !== title)) wrong.push(`${title}: ${JSON.stringify(told)}`)
  }
  const minding = (async () => {
    for (let at = 0; !isOver; at++) {
      await turn(`title ${at}`).catch(error => wrong.push(String(error)))
      await pause(interval)
    }
  })()

  return {
    stop: async () => {
      isOver = true
      await minding
      client.close()
      require(wrong.length === 0, `the bystander was served wrongly: ${wrong.slice(0, 3).join('; ')}`)
      require(took.length > 0, 'the bystander was never served')
      return spreadOf(took)
    },
  }
}

export const bystanderFigure = (spread: Spread): Figure => [
  'answers to another client, all of them right',
  `${spread.count.toLocaleString('en')} (${inWords(spread)})`,
]
