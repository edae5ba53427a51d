import type { WireRequest } from '../wire.ts'
import type { RequestPattern } from './scenario.ts'

/** Whether a request is as the pattern says; `*` stands for anything, also for nothing. */
export function fits({ method, path }: RequestPattern, request: WireRequest): boolean {
  if (method !== request.method) return false
  const text = path.split('*').map(part => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${text.join('.*')}$`, 's').test(request.path)
}
