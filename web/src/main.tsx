// Begins: takes up session, theme and address, and draws the page.

import './styles/base.css';
import './styles/parts.css';
import './styles/pages.css';
import './styles/mails.css';
import './styles/scores.css';
import './styles/station.css';
import { render } from 'preact';
import { App } from './app';
import { follow } from './route';
import { comeBack } from './state/provider';
import { restore } from './state/session';

restore();
comeBack();
follow();
const root = document.getElementById('app');
if (root) render(<App />, root);
