import { ViewedPage } from '../components/layout.tsx'
import { viewIn } from '../components/views.tsx'
import type { PageProps } from '../router.ts'
import { SetupPage } from './setup/setup-page.tsx'
import { TokensPage } from './tokens/tokens-page.tsx'

const views = { setup: { label: 'Setup' }, credentials: { label: 'Credentials' } }

export const ConnectPage = (props: PageProps) => (
  <ViewedPage title="Connect" views={views}>
    {viewIn(views) === 'setup' ? <SetupPage {...props} /> : <TokensPage {...props} />}
  </ViewedPage>
)
