import { effect, signal } from '@preact/signals'
import { formatCount } from '../format.ts'
import { onLive } from '../live.ts'
import { titleMark } from './page-title.ts'

const refused = signal(0)

const maxShown = 99
const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
const plainIcon = icon?.href ?? ''

effect(() => {
  const count = refused.value
  titleMark.value = count === 0 ? '' : `(${count > maxShown ? `${maxShown}+` : count}) `
  if (icon) icon.href = count === 0 ? plainIcon : (icon.dataset.attention ?? plainIcon)
})

const storageKey = 'scimulator-notify'

export const notifies = signal(localStorage.getItem(storageKey) === 'yes')

/** Whether the browser shows notifications of this page: only on localhost and with HTTPS. */
export const canNotify = 'Notification' in window && isSecureContext

export async function setNotifies(wanted: boolean): Promise<void> {
  notifies.value = wanted && (await Notification.requestPermission()) === 'granted'
  localStorage.setItem(storageKey, notifies.value ? 'yes' : 'no')
}

onLive('exchange', ({ status, action, target }) => {
  if (document.visibilityState === 'visible' || status < 400) return
  refused.value++
  if (!notifies.value || !canNotify) return
  // The tag replaces the last one.
  new Notification(formatCount(refused.value, 'refused request'), {
    body: [`${status} ${action}`, target?.label].filter(Boolean).join(' '),
    silent: true,
    tag: 'scimulator',
  })
})

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') refused.value = 0
})
