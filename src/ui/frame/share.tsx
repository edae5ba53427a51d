import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { fetchContent } from '../api.ts'
import { ActionButton } from '../components/buttons.tsx'
import { copyText } from '../components/copy.tsx'
import { Dropdown, saveFile } from '../components/dropdown.tsx'
import { query, route } from '../router.ts'
import { currentTenant } from '../state.ts'
import { announce } from './notice.tsx'

/** What a file for a colleague has: the requests that a search finds, in a session of the tenant. */
type Shared = { readonly tenant?: string | undefined; readonly q?: string }

const ofPage = signal<Shared | undefined>(undefined)

/** What the page shows, if its address does not say it. */
export function useShared(tenant: string | undefined, q: string | undefined): void {
  useEffect(() => {
    ofPage.value = q === undefined ? undefined : { tenant, q }
    return () => {
      ofPage.value = undefined
    }
  }, [tenant, q])
}

function sharedNow(): Shared {
  if (ofPage.value) return ofPage.value
  const { page, params } = route.value ?? {}
  const id = params?.id ?? ''
  const tenant = currentTenant.value
  if (page === 'exchange') return { tenant, q: `id:${id}` }
  if (page === 'cycle') return { tenant, q: `cycle:${id}` }
  if (page === 'activity') return { tenant, q: query.value.get('q') ?? '' }
  return { tenant }
}

/** What the page says first: its title, and the answer below it. */
function sentence(): string {
  const texts = ['main h1', 'main :is(.sentence, .why-sentence, .rejection-summary)'].map(
    place => document.querySelector(place)?.textContent.trim() ?? '',
  )
  return [...new Set(texts)].filter(Boolean).join(': ')
}

export const copyLink = async () => {
  if (await copyText(`${sentence()}\n${location.href}`)) announce('Link copied.')
}

export async function saveSession(): Promise<void> {
  const { tenant, q } = sharedNow()
  if (tenant === undefined) return
  const file = await fetchContent('GET /tenants/:tenant/session', {
    params: { tenant },
    query: { q: q || undefined, headline: sentence() || undefined },
  })
  await saveFile(file, `${tenant}-session.html`)
}

export function openShare(): void {
  const summary = document.querySelector<HTMLElement>('.share summary')
  summary?.click()
  summary?.focus()
}

/** A link to exactly this view, or one file with what it shows, which a browser opens without a server. */
export const ShareActions = () => (
  <div class="stack share">
    <ActionButton onAction={copyLink}>Copy link</ActionButton>
    {currentTenant.value !== undefined && <ActionButton onAction={saveSession}>Save as a file</ActionButton>}
  </div>
)

export const ShareButton = () => (
  <div class="share">
    <Dropdown label="Share">
      <ShareActions />
    </Dropdown>
  </div>
)
