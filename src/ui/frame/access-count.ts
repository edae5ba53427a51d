import { effect, signal } from '@preact/signals'
import { countDefects } from '../../domain/access-review.ts'
import { minute } from '../../domain/duration.ts'
import { call } from '../api.ts'
import { isAllowed } from '../caller.ts'
import { onLive } from '../live.ts'
import { currentTenant } from '../state.ts'

/** How many assignments of the shown tenant should not be there; 0 until it is known. */
export const unwantedAccess = signal(0)

/** Milliseconds: the server reads all users of the tenant. */
const [startDelay, interval] = [500, minute / 2]

let timer: ReturnType<typeof setTimeout> | undefined
let lastLoad = 0

function load(tenant: string): void {
  timer = undefined
  lastLoad = Date.now()
  call('GET /tenants/:tenant/access/summary', { params: { tenant } }).then(
    summary => {
      if (tenant === currentTenant.value) unwantedAccess.value = countDefects(summary)
    },
    () => {},
  )
}

effect(() => {
  const tenant = currentTenant.value
  clearTimeout(timer)
  unwantedAccess.value = 0
  if (tenant !== undefined && isAllowed('read')) timer = setTimeout(() => load(tenant), startDelay)
})

const refresh = () => {
  const tenant = currentTenant.value
  if (tenant === undefined || document.hidden) return
  timer ??= setTimeout(() => load(tenant), Math.max(0, lastLoad + interval - Date.now()))
}
onLive('changed', refresh)
onLive('cycle', refresh)
onLive('restart', refresh)
