import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { ApiProblem, get } from './api.ts'

export type Loaded<Value> = {
  /** The last value that came; it stays while a newer one is on its way. */
  readonly value: ReadonlySignal<Value | undefined>
  readonly problem: ReadonlySignal<ApiProblem | undefined>
  readonly loading: ReadonlySignal<boolean>
  readonly reload: () => void
}

export const toApiProblem = (error: unknown): ApiProblem =>
  error instanceof ApiProblem ? error : new ApiProblem(error instanceof Error ? error.message : String(error))

/** Loads what is at a path of the API, again whenever the path changes. Nothing while the path is undefined. */
export function useLoad<Value>(path: string | undefined): Loaded<Value> {
  const value = useSignal<Value | undefined>(undefined)
  const problem = useSignal<ApiProblem | undefined>(undefined)
  const loading = useSignal(path !== undefined)
  const turn = useSignal(0)
  const shown = useRef(path)

  useEffect(() => {
    if (shown.current !== path) value.value = undefined
    shown.current = path
    if (path === undefined) return
    const controller = new AbortController()
    loading.value = true
    get<Value>(path, controller.signal)
      .then(answer => {
        if (controller.signal.aborted) return
        value.value = answer
        problem.value = undefined
        loading.value = false
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted) return
        problem.value = toApiProblem(error)
        loading.value = false
      })
    return () => controller.abort()
  }, [path, turn.value])

  return { value, problem, loading, reload: () => void turn.value++ }
}

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }

export type Pages<Item> = {
  readonly items: ReadonlySignal<readonly Item[]>
  readonly problem: ReadonlySignal<ApiProblem | undefined>
  readonly loading: ReadonlySignal<boolean>
  /** Whether there are more beyond those that are loaded. */
  readonly more: ReadonlySignal<boolean>
  readonly loadMore: () => void
  readonly reload: () => void
}

/** A list of the API page by page: the first at once, each further one when it is asked for. */
export function usePages<Item>(path: string | undefined): Pages<Item> {
  const items = useSignal<readonly Item[]>([])
  const problem = useSignal<ApiProblem | undefined>(undefined)
  const loading = useSignal(path !== undefined)
  const next = useSignal<string | undefined>(undefined)
  const more = useSignal(false)
  const turn = useSignal(0)
  const current = useRef<AbortController>(new AbortController())

  const load = (from: string, cursor?: string) => {
    const { signal } = current.current
    loading.value = true
    const joint = from.includes('?') ? '&' : '?'
    get<Page<Item>>(
      cursor === undefined ? from : `${from}${joint}cursor=${encodeURIComponent(cursor)}`,
      signal,
    )
      .then(page => {
        if (signal.aborted) return
        items.value = cursor === undefined ? page.items : [...items.value, ...page.items]
        next.value = page.next
        more.value = page.next !== undefined
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
    if (path !== undefined) load(path)
    else items.value = []
    return () => current.current.abort()
  }, [path, turn.value])

  const loadMore = () => {
    if (path !== undefined && !loading.value && next.value !== undefined) load(path, next.value)
  }
  return { items, problem, loading, more, loadMore, reload: () => void turn.value++ }
}
