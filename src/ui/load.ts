import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { CallKey, InputArguments, Item, Output, PageKey } from '../domain/contract/client.ts'
import type { AnalysisProgress } from '../domain/contract/findings.ts'
import { ApiProblem, call } from './api.ts'

export type Loaded<Value> = {
  readonly value: ReadonlySignal<Value | undefined>
  readonly problem: ReadonlySignal<ApiProblem | undefined>
  readonly loading: ReadonlySignal<boolean>
  readonly reload: () => void
}

export const toApiProblem = (error: unknown): ApiProblem =>
  error instanceof ApiProblem ? error : new ApiProblem(error instanceof Error ? error.message : String(error))

type Extra = { readonly cursor?: string | undefined; readonly signal: AbortSignal }

const extend = <Key extends CallKey>([input]: InputArguments<Key>, { cursor, signal }: Extra) => {
  const query = { ...(input?.query as object | undefined), cursor }
  return [{ ...input, query, signal }] as unknown as InputArguments<Key>
}

export function useLoad<Key extends CallKey & `GET ${string}`>(
  key: Key,
  ...input: InputArguments<Key>
): Loaded<Output<Key>> {
  const value = useSignal<Output<Key> | undefined>(undefined)
  const problem = useSignal<ApiProblem | undefined>(undefined)
  const loading = useSignal(true)
  const reloads = useSignal(0)
  const callId = JSON.stringify([key, input])
  const loadedCall = useRef(callId)

  useEffect(() => {
    if (loadedCall.current !== callId) value.value = undefined
    loadedCall.current = callId
    const controller = new AbortController()
    loading.value = true
    call(key, ...extend<Key>(input, { signal: controller.signal }))
      .then(response => {
        if (controller.signal.aborted) return
        value.value = response
        problem.value = undefined
        loading.value = false
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted) return
        problem.value = toApiProblem(error)
        loading.value = false
      })
    return () => controller.abort()
  }, [callId, reloads.value])

  return { value, problem, loading, reload: () => void reloads.value++ }
}

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string | undefined }

export type Pages<Item> = {
  readonly items: ReadonlySignal<readonly Item[]>
  readonly problem: ReadonlySignal<ApiProblem | undefined>
  readonly loading: ReadonlySignal<boolean>
  readonly hasMore: ReadonlySignal<boolean>
  readonly loadMore: () => void
  readonly reload: () => void
}

export function usePages<Key extends PageKey>(key: Key, ...input: InputArguments<Key>): Pages<Item<Key>> {
  const items = useSignal<readonly Item<Key>[]>([])
  const problem = useSignal<ApiProblem | undefined>(undefined)
  const loading = useSignal(true)
  const next = useSignal<string | undefined>(undefined)
  const hasMore = useSignal(false)
  const reloads = useSignal(0)
  const current = useRef<AbortController>(new AbortController())

  const load = (cursor?: string) => {
    const { signal } = current.current
    loading.value = true
    call(key, ...extend<Key>(input, { cursor, signal }))
      .then(response => {
        if (signal.aborted) return
        const page = response as Page<Item<Key>>
        items.value = cursor === undefined ? page.items : [...items.value, ...page.items]
        next.value = page.next
        hasMore.value = page.next !== undefined
        problem.value = undefined
        loading.value = false
      })
      .catch((error: unknown) => {
        if (signal.aborted) return
        problem.value = toApiProblem(error)
        loading.value = false
      })
  }

  useEffect(() => {
    current.current = new AbortController()
    load()
    return () => current.current.abort()
  }, [JSON.stringify([key, input]), reloads.value])

  const loadMore = () => {
    if (!loading.value && next.value !== undefined) load(next.value)
  }
  return { items, problem, loading, hasMore, loadMore, reload: () => void reloads.value++ }
}

/** Milliseconds between loads while requests wait for the analysis, and while none does. */
const intervals = { behind: 2000, current: 5000 }

/**
 * Reloads what depends on the analysis at intervals, while the tab is visible: no event says that the analysis begins to lag, that
 * it proceeds, or that a client sends no more requests.
 */
export function useAnalysisRefresh({
  value,
  loading,
  reload,
}: Loaded<{ readonly analysis: AnalysisProgress }>): void {
  const isLoading = loading.value
  const interval = value.value?.analysis.current === false ? intervals.behind : intervals.current
  useEffect(() => {
    if (isLoading) return undefined
    const timer = setInterval(() => {
      if (!document.hidden) reload()
    }, interval)
    return () => clearInterval(timer)
  }, [isLoading, interval])
}
