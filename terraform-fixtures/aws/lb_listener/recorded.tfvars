ssl_policy = "ELBSecurityPolicy-TLS13-1-3-2021-06"
action     = "redirect"
region     = "eu-west-3"
