namespace Rempart.Server.Bootstrap;

/// <summary>Where a server keeps what: everything below one folder that only its own user can enter.</summary>
/// <param name="Root">The folder, absolute.</param>
public sealed record DataFolder(string Root)
{
    /// <summary>Keys and certificates.</summary>
    public string Keys => Path.Combine(Root, "pki");

    /// <summary>The CA's certificate and key.</summary>
    public string Authority => Path.Combine(Keys, "ca.pem");

    /// <summary>The CA's certificate alone, to be handed out.</summary>
    public string AuthorityCertificate => Path.Combine(Keys, "ca.crt");

    /// <summary>The server's certificate and key.</summary>
    public string Server => Path.Combine(Keys, "server.pem");

    /// <summary>Key that signs approvals.</summary>
    public string Approval => Path.Combine(Keys, "approval.pem");

    /// <summary>Key that signs stream tickets.</summary>
    public string Ticket => Path.Combine(Keys, "ticket.pem");

    /// <summary>Keys of service accounts' tokens, the one that signs first.</summary>
    public string TokenKeys => Path.Combine(Keys, "service-accounts.pem");

    /// <summary>Key that signs checkpoints of the audit trail.</summary>
    public string Audit => Path.Combine(Keys, "audit.pem");

    /// <summary>Key-encryption keys of secrets.</summary>
    public string SecretKeys => Path.Combine(Keys, "secrets.json");

    /// <summary>What <c>init</c> was told, so that the server can renew by itself.</summary>
    public string Settings => Path.Combine(Root, "init.json");

    /// <summary>Bootstrap tokens on their way into the store, hashed.</summary>
    public string Tokens => Path.Combine(Root, "tokens");

    /// <summary>The token with which the first node joins.</summary>
    public string NodeToken => Path.Combine(Root, "node.token");

    /// <summary>Usual place of a kubeconfig.</summary>
    /// <param name="user">Its user.</param>
    public string Kubeconfig(string user) => Path.Combine(Root, $"{user}.kubeconfig");
}
