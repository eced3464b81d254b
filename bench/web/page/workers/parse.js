// Reads JSON, and gives what it says.
onmessage = ({ data }) => postMessage(JSON.parse(new TextDecoder().decode(data)));
