import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/source-serif-4/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import 'katex/dist/katex.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/floating.css';

import { mount } from 'svelte';
import Root from './Root.svelte';
import { connect } from '$lib/backend';

mount(Root, { target: document.body, props: { connecting: connect() } });
