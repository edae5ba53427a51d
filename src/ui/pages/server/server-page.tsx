import { ViewedPage } from '../../components/layout.tsx'
import { viewIn } from '../../components/views.tsx'
import { tenants } from '../../state.ts'
import { ConsoleAccess } from './console-access.tsx'
import { Settings } from './settings.tsx'
import { Tenants } from './tenants.tsx'

export function ServerPage() {
  const views = {
    // As wide as the number of most servers.
    tenants: { label: 'Tenants', count: tenants.value?.length ?? '\u2007' },
    settings: { label: 'Settings' },
    access: { label: 'Console access' },
    api: { label: 'API' },
  }
  const view = viewIn(views)
  return (
    <ViewedPage title="Server" views={views}>
      {view === 'tenants' && <Tenants />}
      {view === 'settings' && <Settings />}
      {view === 'access' && <ConsoleAccess />}
      {view === 'api' && (
        <p>
          <a href="/api/docs">Every operation of the console, to read and to try.</a>
        </p>
      )}
    </ViewedPage>
  )
}
