using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>Serves one accepted connection until it ends; in the program this is <c>Broker.ServeAsync</c>.</summary>
internal delegate Task ConnectionServer(ListenerConnection connection);
