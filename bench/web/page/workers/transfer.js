// Gives each array of bytes back.
onmessage = ({ data }) => postMessage(data, [data.buffer]);
