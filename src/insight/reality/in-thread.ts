import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Reality } from '../../domain/contract/reality.ts'
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

export type RealityMessage = { readonly exchange: Exchange } | { readonly report: true }

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/** Bytes of responses that wait for the thread. More are not compared, so that the memory is limited. */
const maxWaiting = 64 * 1024 * 1024

/**
 * Compares what an AWS directory responds with what a profile predicts, in a thread, and searches the switches that explain the
 * differences. `observe` never throws. `report` rejects if the thread failed.
 */
export function startReality(start: RealityStart) {
  const worker = new Worker(threadFile, { workerData: start })
  const reports: PromiseWithResolvers<Reality>[] = []
  let failure: Error | undefined
  let skipped = 0
  let waiting = 0

  const fail = (error: Error) => {
    failure ??= error
    for (const { reject } of reports.splice(0)) reject(failure)
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('The thread that compares the responses has ended.')))
  worker.on('message', (message: { readonly done: number } | { readonly report: Reality }) => {
    if ('done' in message) waiting -= message.done
    else {
      const { requests, notPredicted } = message.report
      reports.shift()?.resolve({
        ...message.report,
        requests: requests + skipped,
        notPredicted: notPredicted + skipped,
      })
    }
  })
  const send = (message: RealityMessage) => worker.postMessage(message)

  return {
    observe(exchange: Exchange): void {
      if (failure) return
      if (waiting > maxWaiting) skipped++
      else {
        waiting += sizeOf(exchange)
        send({ exchange })
      }
    },
    report(): Promise<Reality> {
      if (failure) return Promise.reject(failure)
      const report = Promise.withResolvers<Reality>()
      reports.push(report)
      send({ report: true })
      return report.promise
    },
    async close(): Promise<void> {
      await worker.terminate()
    },
  }
}

/** About its bytes in memory. */
export const sizeOf = ({ path, response }: Exchange): number =>
  1000 + path.length + (response.body?.length ?? 0)
