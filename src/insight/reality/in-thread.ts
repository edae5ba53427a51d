import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Reality } from '../../domain/contract/reality.ts'
import { fileThreadLimits } from '../../domain/event-loop/file-thread.ts'
import type { ProfileName } from '../../profiles/names.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'
import type { CapturedMessage } from '../../traffic/recordings/read-captured.ts'

/** A request that was forwarded, with what came back. */
export type Exchange = {
  /** The arrival, in milliseconds since 1970. */
  readonly at: number
  readonly method: string
  /** Path and query as sent, relative to the endpoint: `/Users?count=2`. */
  readonly path: string
  /** The body is decompressed. */
  readonly response: CapturedMessage & { readonly status: number }
}

export type RealityStart = {
  readonly profile: ProfileName
  /** The switches of the prediction; the others have their defaults. */
  readonly switches: Readonly<Record<string, string>>
  /** What the upstream has. Without it, only what its responses show is predicted. */
  readonly directory?: AwsDirectory | undefined
}

/** `skipped` instead of an exchange that would occupy too much memory. */
export type RealityMessage = Exchange | 'skipped' | 'report'

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/** Characters of responses that wait for the thread. */
const maxWaiting = 64 * 1024 * 1024

/**
 * Compares what an AWS directory responds with what a profile predicts, in a thread, and searches the switches that explain the
 * differences. `observe` never throws. `report` rejects if the thread failed.
 */
export function startReality(start: RealityStart) {
  const worker = new Worker(threadFile, { workerData: start, resourceLimits: fileThreadLimits })
  const reports: PromiseWithResolvers<Reality>[] = []
  const sizes: number[] = []
  let waiting = 0
  let failure: Error | undefined

  const fail = (error: Error) => {
    failure ??= error
    for (const { reject } of reports.splice(0)) reject(failure)
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('The thread that compares the responses has ended.')))
  worker.on('message', (message: Reality | 'observed') => {
    if (message === 'observed') waiting -= sizes.shift() ?? 0
    else reports.shift()?.resolve(message)
  })
  const send = (message: RealityMessage) => worker.postMessage(message)

  return {
    observe(exchange: Exchange): void {
      if (failure) return
      const size = exchange.path.length + (exchange.response.body?.length ?? 0)
      if (waiting + size > maxWaiting) send('skipped')
      else {
        sizes.push(size)
        waiting += size
        send(exchange)
      }
    },
    report(): Promise<Reality> {
      if (failure) return Promise.reject(failure)
      const report = Promise.withResolvers<Reality>()
      reports.push(report)
      send('report')
      return report.promise
    },
    async close(): Promise<void> {
      await worker.terminate()
    },
  }
}
