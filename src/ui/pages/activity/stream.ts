import type { Exchange } from '../../../domain/contract/exchanges.ts'
import { call } from '../../api.ts'

export type Stream = {
  readonly isDone: boolean
  readonly isLoading: boolean
  readonly loadedDownTo: string | undefined
  /** All pages before have been loaded. Throws ApiProblem. */
  readonly load: (q: string, signal: AbortSignal) => Promise<readonly Exchange[]>
}

const pageSize = 200

export function createStream(): Stream {
  let cursor: string | undefined
  let isDone = false
  let isLoading = false
  let loadedDownTo: string | undefined
  return {
    get isDone() {
      return isDone
    },
    get isLoading() {
      return isLoading
    },
    get loadedDownTo() {
      return loadedDownTo
    },
    async load(q, signal) {
      isLoading = true
      try {
        const query = { q: q || undefined, limit: pageSize, cursor }
        const { items, next } = await call('GET /exchanges', { query, signal })
        cursor = next
        isDone = next === undefined
        loadedDownTo = items.at(-1)?.at ?? loadedDownTo
        return items
      } finally {
        isLoading = false
      }
    },
  }
}
