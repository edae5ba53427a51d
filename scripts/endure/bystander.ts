import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient, patchOp, userBody } from './client.ts'
import { formatSpread, type Spread, spreadOf } from './spread.ts'
import { type Figure, require } from './trial.ts'

type Bystander = {
  /** Stops it; throws `TrialError` if a response was wrong or missing. */
  stop(): Promise<Spread>
}

const interval = 15
let bystanders = 0

/**
 * Another client of the server during the trial: it modifies a user, reads it and searches for it, and checks that the
 * responses contain its changes.
 */
export async function startBystander(base: string, client: Client = createClient(base)): Promise<Bystander> {
  const userName = `bystander-${process.pid}-${bystanders++}`
  const made = await client.callApi('POST', '/Users', userBody(userName))
  require(made.status === 201, `the bystander's user was not created: ${made.status}`)
  const path = `/Users/${made.body.id}`
  const lookUp = `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`
  const took: number[] = []
  const wrong: string[] = []
  let isStopped = false

  const turn = async (title: string) => {
    const changed = await client.callApi(
      'PATCH',
      path,
      patchOp({ op: 'replace', path: 'title', value: title }),
    )
    const read = await client.callApi('GET', path)
    const found = await client.callApi('GET', lookUp)
    took.push(changed.milliseconds, read.milliseconds, found.milliseconds)
    const titles = [changed.body?.title, read.body?.title, found.body?.Resources?.[0]?.title]
    if (titles.some(one => one !== title)) wrong.push(`${title}: ${JSON.stringify(titles)}`)
  }
  const running = (async () => {
    for (let at = 0; !isStopped; at++) {
      await turn(`title ${at}`).catch(error => wrong.push(String(error)))
      await pause(interval)
    }
  })()

  return {
    stop: async () => {
      isStopped = true
      await running
      client.close()
      require(wrong.length === 0, `wrong responses to the bystander: ${wrong.slice(0, 3).join('; ')}`)
      require(took.length > 0, 'the bystander received no response')
      return spreadOf(took)
    },
  }
}

export const bystanderFigure = (spread: Spread): Figure => [
  'responses to another client, all correct',
  `${spread.count.toLocaleString('en')} (${formatSpread(spread)})`,
]
