import { render } from 'preact'
import { App } from './app.tsx'
import { followLinks } from './router.ts'
import { start } from './state.ts'
import './style/index.css'

document.addEventListener('click', followLinks)
void start()
const root = document.getElementById('app')
if (root) render(<App />, root)
