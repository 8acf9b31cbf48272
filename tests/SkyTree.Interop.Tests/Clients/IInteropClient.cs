namespace SkyTree.Interop.Tests.Clients;

/// <summary>A real client, whatever language it is written in. Disposing it ends its connection.</summary>
internal interface IInteropClient : IAsyncDisposable
{
    /// <summary>Connects. True if the broker had a session; null if the client does not tell, and in 3.1, where the broker does not.</summary>
    Task<bool?> ConnectAsync(ConnectSettings settings);

    /// <summary>Subscribes, and returns the granted QoS.</summary>
    Task<int> SubscribeAsync(string filter, int qos);

    /// <summary>Publishes, and returns when the broker has acknowledged.</summary>
    Task PublishAsync(Message message);

    /// <summary>The next message received.</summary>
    Task<Message> ReceiveAsync();

    /// <summary>Ends the connection with DISCONNECT.</summary>
    Task DisconnectAsync();

    /// <summary>Ends the connection as a crash would, without DISCONNECT.</summary>
    Task CrashAsync();
}
