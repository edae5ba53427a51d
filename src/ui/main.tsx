import { render } from 'preact'
import { App } from './app.tsx'
import { watch } from './live.ts'
import { followLinks } from './router.ts'
import { startState } from './state.ts'
import './style/index.css'

document.addEventListener('click', followLinks)
startState()
watch('')
const root = document.getElementById('app')
if (root) render(<App />, root)
